"""Frames out and ACKs in, apart from the session."""

from __future__ import annotations

from protocol.rate.link_rate import START_BPS
from protocol.session.config import SenderConfig
from protocol.session.frame_schedule import OutgoingFrame
from protocol.session.frame_sender import FrameSender
from protocol.session.receiver_state import ReceiverState
from protocol.wire.messages import Ack
from protocol.wire.session_messages import StreamParameters


def receiver(name: str) -> ReceiverState:
    return ReceiverState(
        peer=name.encode(),
        session=1,
        instance=len(name),
        name=name,
        max_kbps=0.0,
        max_fps=0.0,
        welcomed_us=0,
        last_heard_us=0,
    )


def frame_sender(*receivers: ReceiverState, max_kbps: float = 0.0) -> FrameSender:
    stream = StreamParameters(width=64, height=64, fps=20.0, codec="jpeg", max_kbps=max_kbps)
    config = SenderConfig(stream=stream, epoch=1, instance=1)
    return FrameSender(config, {receiver.peer: receiver for receiver in receivers})


def frame(size: int, *, keyframe: bool = True) -> OutgoingFrame:
    return OutgoingFrame(payload=bytes(size), keyframe=keyframe, capture_us=0)


def test_a_cap_is_shared_by_all_receivers() -> None:
    one = frame_sender(receiver("a"), max_kbps=30).rate_bps(0)
    three = frame_sender(receiver("a"), receiver("bb"), receiver("ccc"), max_kbps=30).rate_bps(0)
    assert one is not None and three is not None
    assert round(one / three, 6) == 3


def test_a_large_frame_goes_out_in_parts_to_each() -> None:
    frames = frame_sender(receiver("a"), receiver("bb"))
    assert frames.send(frame(3000), 0).receivers == 2
    parts = frames.due(0)
    assert [part.peer for part in parts] == [b"a"] * 3 + [b"bb"] * 3
    assert frames.due_us(0) is None


def test_only_the_ack_of_a_frame_in_flight_tells_anything() -> None:
    peer = receiver("a")
    frames = frame_sender(peer)
    frames.send(frame(3000), 0)
    frames.due(0)
    peer.note_ping_rtt(10_000, 0)
    assert frames.acknowledged(peer, Ack(sequence=5), 1000) is None
    told = frames.acknowledged(peer, Ack(sequence=0, hold_us=5000), 25_000)
    assert told is not None and (told.network_us, told.hold_us) == (20_000, 5000)
    # 3.3 kB in the 10 ms that are not distance.
    assert peer.link_rate.target_bps > 1e6


def test_who_comes_back_has_its_link_s_rate_and_who_broke_off_a_lower_one() -> None:
    calm, broken = receiver("a"), receiver("bb")
    frames = frame_sender(calm, broken)
    calm.link_rate.target_bps = broken.link_rate.target_bps = 80_000.0
    frames.left(calm)
    frames.send(frame(100), 0)
    frames.left(broken)
    assert frames.link_rate_for(calm.instance).target_bps == 80_000
    assert frames.link_rate_for(broken.instance).target_bps == 20_000
    assert frames.link_rate_for(99).target_bps == START_BPS
