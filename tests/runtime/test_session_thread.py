"""Tests of session_thread.py: events are handed over once, errors reach the owner, a BYE is sent."""

from __future__ import annotations

from narrowcast.protocol import (
    CodecOffer,
    Link,
    LinkDown,
    LinkUp,
    ReceiverEvent,
    ReceiverSession,
    ReceiverSessionConfig,
    SenderSession,
    SenderSessionConfig,
    StreamParameters,
    Transport,
    TransportConfig,
)
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.session_thread import NetworkGauges, SessionThread
from tests.pipelines import wait_until

STREAM = StreamParameters(width=64, height=64, fps=30.0, codec="jpeg")


class Listener(SessionThread[ReceiverSession, ReceiverEvent, NetworkGauges]):
    """A receiver that listens and does nothing with its frames; it may be told to fail."""

    def __init__(self) -> None:
        self.transport = Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True))
        session = ReceiverSession(
            ReceiverSessionConfig(codecs=(CodecOffer(name="jpeg"),), instance=2, connects=False)
        )
        super().__init__(session, self.transport, NetworkGauges(), max_connections=8, step_ms=5)
        self.fails = False

    def _exchange(self) -> None:
        if self.fails:
            raise ZeroDivisionError("a mistake in an exchange")
        gauges = NetworkGauges(wire_bytes_in=self.transport.wire_bytes_in, malformed=self._malformed)
        with self._change:
            self._publish(self._session.events(), gauges)


def test_what_happened_is_handed_over_once_and_a_bye_is_sent_at_the_end() -> None:
    listener = Listener()
    assert listener.gauges == NetworkGauges() and listener.events() == []
    with Transport(TransportConfig(url=listener.transport.url, bind=False)) as transport:
        sender = SenderSession(SenderSessionConfig(stream=STREAM, epoch=1, instance=1, announce=True))
        link = Link(sender, transport, now_us)
        listener.start()
        told: list[ReceiverEvent] = []

        def step() -> None:
            link.step(5)
            told.extend(listener.events())

        wait_until(lambda: bool(told), step)
        assert [type(event) for event in told] == [LinkUp] and listener.events() == []
        assert listener.gauges.wire_bytes_in > 0 and listener.gauges.malformed == 0
        assert listener.connection_notices() == []
        listener.stop("the test is over")
        wait_until(lambda: not sender.receivers, lambda: link.step(5))
        listener.check()
    assert not any(isinstance(event, LinkDown) for event in listener.events())


def test_an_error_reaches_the_owner_and_the_socket_is_closed() -> None:
    listener = Listener()
    listener.start()
    listener.fails = True

    def check() -> bool:
        try:
            listener.check()
        except ZeroDivisionError:
            return True
        return False

    wait_until(check)
    listener.stop("harmless after the end")
    with Transport(TransportConfig(url=listener.transport.url, bind=True)):
        pass  # its port is free again
