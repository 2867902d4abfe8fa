"""Sessions over real sockets, whoever listens."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from protocol.events import LinkDown, LinkUp
from protocol.frame_schedule import OutgoingFrame
from protocol.link import Link
from protocol.messages import CodecOffer, StreamParameters
from protocol.receiver_session import ReceiverSession
from protocol.sender_session import SenderSession
from protocol.session_config import ReceiverConfig, SenderConfig
from protocol.transport import Transport, TransportConfig

STREAM = StreamParameters(width=64, height=64, fps=1000.0, codec="jpeg")
MAX_STEPS = 2000


def clock_us() -> int:
    return time.monotonic_ns() // 1000


def open_pair(sender_listens: bool) -> tuple[Transport, Transport]:
    """Open the sender's and the receiver's transport."""
    listener = Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True))
    connector = Transport(TransportConfig(url=listener.url, bind=False))
    return (listener, connector) if sender_listens else (connector, listener)


def step_until(done: Callable[[], bool], *links: Link) -> None:
    for _ in range(MAX_STEPS):
        if done():
            return
        for link in links:
            link.step(5)
    raise AssertionError("never came about")


@pytest.mark.parametrize("sender_listens", [True, False])
def test_frames_flow_and_goodbye_arrives(sender_listens: bool) -> None:
    sender_transport, receiver_transport = open_pair(sender_listens)
    with sender_transport, receiver_transport:
        sender = SenderSession(
            SenderConfig(stream=STREAM, epoch=1, instance=1, announce=not sender_transport.bind)
        )
        receiver = ReceiverSession(
            ReceiverConfig(
                codecs=(CodecOffer(name="jpeg"),), instance=2, connects=not receiver_transport.bind
            )
        )
        links = Link(sender, sender_transport, clock_us), Link(receiver, receiver_transport, clock_us)
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
    if sender.can_send(now_us):
        keyframe = sender.wants_keyframe(now_us)
        frame = OutgoingFrame(payload=bytes(3000), keyframe=keyframe, capture_us=now_us)
        return sender.send_frame(frame, now_us).sequence
    receiver.take_frame(now_us)
    return 0
