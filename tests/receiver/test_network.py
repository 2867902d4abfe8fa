"""The hand-over between the receiver's network thread and its decoder."""

from __future__ import annotations

from narrowcast.protocol import (
    CodecOffer,
    Link,
    LinkUp,
    ReceiverSession,
    Report,
    SenderSession,
    SenderSessionConfig,
    StreamParameters,
    Transport,
    TransportConfig,
)
from narrowcast.protocol import ReceiverSessionConfig as SessionConfig
from narrowcast.receiver.network import ReceiverNetwork
from narrowcast.runtime.clock import now_us
from tests.pipelines import wait_until
from tests.protocol.sending import send_frame


def test_a_frame_is_acknowledged_only_when_the_decoder_asks_for_it() -> None:
    transport = Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True))
    stream = StreamParameters(width=64, height=64, fps=30.0, codec="jpeg")
    sender = SenderSession(SenderSessionConfig(stream=stream, epoch=1, instance=1))
    link = Link(sender, transport, now_us)
    other_end = Transport(TransportConfig(url=transport.url, bind=False))
    session = ReceiverSession(SessionConfig(codecs=(CodecOffer(name="jpeg"),), instance=2))
    network = ReceiverNetwork(session, other_end)
    assert network.decoder_idle
    network.start()

    wait_until(lambda: sender.grant(now_us()) is not None, lambda: link.step(5))
    wait_until(lambda: network.stream == stream)
    assert any(isinstance(event, LinkUp) for event in network.events())
    send_frame(sender, now_us())
    wait_until(lambda: network.gauges.frames_waiting == 1, lambda: link.step(5))
    assert not sender.receivers[0].has_credit

    arrived = network.next_frame(10.0)
    assert arrived is not None
    assert arrived.payload == b"picture"
    assert not network.decoder_idle
    wait_until(lambda: sender.receivers[0].has_credit, lambda: link.step(5))
    assert network.next_frame(0.05) is None
    assert network.decoder_idle

    network.send_report(Report(fps=12.0))
    wait_until(lambda: sender.receivers[0].report is not None, lambda: link.step(5))
    assert sender.receivers[0].report == Report(fps=12.0)

    network.ask_for(max_kbps=64, max_fps=5)
    wait_until(lambda: any(each.max_fps == 5 for each in sender.receivers), lambda: link.step(5))
    (receiver,) = sender.receivers
    assert receiver.max_kbps == 64
    wait_until(lambda: network.stream == stream)

    network.stop("the test is over")
    wait_until(lambda: not sender.receivers, lambda: link.step(5))
    network.check()
    transport.close()
