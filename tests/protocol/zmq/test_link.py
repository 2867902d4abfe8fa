"""Sessions over real sockets, whoever listens."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest

from narrowcast.protocol.session.config import ReceiverSessionConfig, SenderSessionConfig
from narrowcast.protocol.session.connection_limiter import BURST_MESSAGES
from narrowcast.protocol.session.events import LinkDown, LinkUp
from narrowcast.protocol.session.receiver import ReceiverSession
from narrowcast.protocol.session.sender import SenderSession
from narrowcast.protocol.wire.session_messages import CodecOffer, StreamParameters
from narrowcast.protocol.zmq.connection_events import ConnectionCut, LinkNotice
from narrowcast.protocol.zmq.link import Link
from narrowcast.protocol.zmq.transport import Transport, TransportConfig
from tests.protocol.sending import send_frame

STREAM = StreamParameters(width=64, height=64, fps=1000.0, codec="jpeg")
MAX_STEPS = 2000


def clock_us() -> int:
    return time.monotonic_ns() // 1000


AnySender = TypeVar("AnySender", bound=SenderSession)


@contextmanager
def open_links(
    sender_listens: bool, sender_class: type[AnySender]
) -> Iterator[tuple[AnySender, ReceiverSession, Link, Link]]:
    """Open a sender and a receiver, either of which listens: both sessions, and the links to step."""
    with (
        Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True)) as listener,
        Transport(TransportConfig(url=listener.url, bind=False)) as connector,
    ):
        sender = sender_class(
            SenderSessionConfig(stream=STREAM, epoch=1, instance=1, announce=not sender_listens)
        )
        receiver = ReceiverSession(
            ReceiverSessionConfig(codecs=(CodecOffer(name="jpeg"),), instance=2, connects=sender_listens)
        )
        transports = (listener, connector) if sender_listens else (connector, listener)
        yield sender, receiver, Link(sender, transports[0], clock_us), Link(receiver, transports[1], clock_us)


def step_until(done: Callable[[], bool], *links: Link) -> None:
    for _ in range(MAX_STEPS):
        if done():
            return
        for link in links:
            link.step(5)
    raise AssertionError(f"not done after {MAX_STEPS} steps")


@pytest.mark.parametrize("sender_listens", [True, False])
def test_frames_flow_and_goodbye_arrives(sender_listens: bool) -> None:
    with open_links(sender_listens, SenderSession) as (sender, receiver, *links):
        step_until(lambda: exchanged(sender, receiver) >= 20 and receiver.clock.rtt_us is not None, *links)
        assert receiver.frames_missed == 0
        assert sender.malformed_messages == receiver.malformed_messages == 0
        now_us = clock_us()
        offset_us, error_us = receiver.clock.offset_us(now_us), receiver.clock.error_us(now_us)
        assert offset_us is not None and error_us is not None
        assert abs(offset_us) <= error_us  # both run on this machine's clock
        sender.close("over")
        step_until(lambda: not receiver.linked, *links)
        events = receiver.events()
        assert isinstance(events[0], LinkUp)
        assert isinstance(events[-1], LinkDown) and events[-1].ended


def exchanged(sender: SenderSession, receiver: ReceiverSession) -> int:
    """Send a frame if there is credit, take one if it came; count the frames that were sent."""
    now_us = clock_us()
    grant = sender.grant(now_us)
    if grant is not None:
        return send_frame(sender, now_us, payload=bytes(3000), keyframe=grant.keyframe).sequence
    receiver.take_frame(now_us)
    return 0


class AdvanceableClock:
    """A clock that can be set forward."""

    def __init__(self) -> None:
        self.ahead_us = 0

    def __call__(self) -> int:
        return clock_us() + self.ahead_us


def sender_session(max_receivers: int = 16) -> SenderSession:
    return SenderSession(SenderSessionConfig(stream=STREAM, epoch=1, instance=1, max_receivers=max_receivers))


def receiver_link(url: str, instance: int = 2) -> tuple[ReceiverSession, Transport, Link]:
    """A receiver that connects."""
    transport = Transport(TransportConfig(url=url, bind=False))
    session = ReceiverSession(ReceiverSessionConfig(codecs=(CodecOffer(name="jpeg"),), instance=instance))
    return session, transport, Link(session, transport, clock_us)


def cut_reasons(link: Link) -> list[str]:
    return [notice.reason for notice in link.notices() if isinstance(notice, ConnectionCut)]


def test_a_connection_without_hello_is_cut_and_a_receiver_stays() -> None:
    clock, session = AdvanceableClock(), sender_session()
    listener = Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True))
    receiver, transport, connected = receiver_link(listener.url)
    link = Link(session, listener, clock)
    port = int(listener.url.rpartition(":")[2])
    with listener, transport, socket.create_connection(("127.0.0.1", port)) as silent:
        silent.setblocking(False)
        step_until(lambda: receiver.linked, link, connected)
        clock.ahead_us = 7_000_000
        notices: list[LinkNotice] = []

        def told() -> bool:
            notices.extend(link.notices())
            return bool(notices)

        step_until(told, link, connected)
        reasons = [notice.reason for notice in notices if isinstance(notice, ConnectionCut)]
        assert reasons == ["it did not say hello in time, or was turned away"]
        step_until(lambda: _hung_up(silent), link, connected)
        assert receiver.linked


def _hung_up(client: socket.socket) -> bool:
    try:
        return client.recv(100) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def test_a_flood_is_cut_while_another_receiver_is_served() -> None:
    session = sender_session()
    listener = Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True))
    receiver, transport, connected = receiver_link(listener.url)
    started_us = clock_us()
    link = Link(session, listener, lambda: started_us)  # no time passes, so no pace grows back
    with listener, transport, Transport(TransportConfig(url=listener.url, bind=False)) as flooder:
        step_until(lambda: receiver.linked, link, connected)
        reasons: list[str] = []

        def cut() -> bool:
            for _ in range(20):
                flooder.send(b"", b"garbage")
            reasons.extend(cut_reasons(link))
            return bool(reasons)

        step_until(cut, link, connected)
        assert "messages a second" in reasons[0]
        # One burst, and a few messages more where the flooder has connected anew already.
        assert session.malformed_messages < 2 * BURST_MESSAGES and receiver.linked


def test_one_receiver_too_many_is_rejected_and_cut() -> None:
    clock, session = AdvanceableClock(), sender_session(max_receivers=1)
    listener = Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True))
    first, first_transport, first_link = receiver_link(listener.url)
    second, second_transport, second_link = receiver_link(listener.url, instance=3)
    link = Link(session, listener, clock)
    with listener, first_transport, second_transport:
        step_until(lambda: first.linked, link, first_link)
        step_until(lambda: bool(second.events()), link, first_link, second_link)
        clock.ahead_us = 4_000_000
        step_until(lambda: bool(cut_reasons(link)), link, first_link, second_link)
        assert first.linked and not second.linked and len(session.receivers) == 1


class FailingOnce(SenderSession):
    """Has an error of its own that one receiver's message meets."""

    failures = 0

    def receive(self, peer: bytes, data: bytes, now_us: int) -> None:
        if self.failures == 0 and self.knows(peer):
            self.failures += 1
            raise OverflowError("cannot convert float infinity to integer")
        super().receive(peer, data, now_us)


@pytest.mark.parametrize("sender_listens", [True, False])
def test_an_error_that_a_message_leads_to_drops_its_peer_and_not_the_thread(sender_listens: bool) -> None:
    with open_links(sender_listens, FailingOnce) as (sender, receiver, *links):
        step_until(lambda: sender.failures == 1, *links)
        assert sender.receivers == ()
        step_until(lambda: exchanged(sender, receiver) >= 5, *links)
