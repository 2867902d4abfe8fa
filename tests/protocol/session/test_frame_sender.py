"""Frames out and ACKs in, apart from the session."""

from __future__ import annotations

import pytest

from narrowcast.protocol.rate.bandwidth import START_BPS
from narrowcast.protocol.session.config import SenderSessionConfig
from narrowcast.protocol.session.frame_sender import FrameSender
from narrowcast.protocol.session.grant import FrameGrant
from narrowcast.protocol.session.receiver_state import ReceiverState
from narrowcast.protocol.wire.messages import Ack, FramePair
from narrowcast.protocol.wire.session_messages import StreamParameters


def receiver(name: str) -> ReceiverState:
    return ReceiverState(
        peer=name.encode(),
        session=len(name),
        instance=len(name),
        name=name,
        max_kbps=0.0,
        max_fps=0.0,
        welcomed_us=0,
        last_heard_us=0,
    )


def frame_sender(*receivers: ReceiverState, max_kbps: float = 0.0) -> FrameSender:
    stream = StreamParameters(width=64, height=64, fps=20.0, codec="jpeg", max_kbps=max_kbps)
    config = SenderSessionConfig(stream=stream, epoch=1, instance=1)
    return FrameSender(config, {receiver.peer: receiver for receiver in receivers})


def granted(frames: FrameSender, now_us: int = 0) -> FrameGrant:
    grant = frames.grant(now_us)
    assert grant is not None
    return grant


def send(frames: FrameSender, size: int) -> None:
    grant = granted(frames)
    frames.begin(grant)
    frames.send(grant, grant.frame(payload=bytes(size), keyframe=True, capture_sender_us=0), 0)


def test_a_cap_is_shared_by_all_receivers() -> None:
    one = granted(frame_sender(receiver("a"), max_kbps=30)).rate_bps
    three = granted(frame_sender(receiver("a"), receiver("bb"), receiver("ccc"), max_kbps=30)).rate_bps
    assert one is not None and three is not None
    assert round(one / three, 6) == 3


def test_a_large_frame_goes_out_in_parts_to_each() -> None:
    frames = frame_sender(receiver("a"), receiver("bb"))
    send(frames, 3000)
    assert [peer for peer, _ in frames.due(0)] == [b"a"] * 3 + [b"bb"] * 3
    assert frames.due_us(0) is None


def test_there_is_one_grant_at_a_time_and_it_ends_once() -> None:
    frames = frame_sender(receiver("a"))
    grant = granted(frames)
    with pytest.raises(ValueError, match="grant 0 was not begun"):
        frames.cancel(grant)
    frames.begin(grant)
    assert frames.grant(0) is None
    with pytest.raises(ValueError, match="grant 0 is stale"):
        frames.begin(grant)
    frames.cancel(grant)
    again = granted(frames)
    assert again.sequence == grant.sequence == 0
    send(frames, 100)
    with pytest.raises(ValueError, match="grant 0 is stale"):
        frames.begin(again)


def test_a_receiver_that_got_credit_while_a_frame_was_coded_is_not_left_behind() -> None:
    early, late = receiver("a"), receiver("bb")
    frames = frame_sender(early, late)
    send(frames, 100)
    frames.due(0)
    frames.acknowledged(early, Ack(sequence=0), 1000)
    grant = granted(frames, 160_000)
    assert grant.receivers == {early.session}
    frames.begin(grant)
    frames.acknowledged(late, Ack(sequence=0), 170_000)
    frames.send(grant, grant.frame(payload=b"x", keyframe=False, capture_sender_us=0), 180_000)
    assert [peer for peer, _ in frames.due(frames.due_us(180_000) or 0)] == [b"a", b"bb"]


def sender_with_a_pair(peer: ReceiverState) -> FrameSender:
    """Frames 1 and 2, of 50 bytes, were coded at 100 and 150 ms and are due as one message."""
    frames = frame_sender(peer)
    send(frames, 100)
    frames.due(0)
    frames.acknowledged(peer, Ack(sequence=0), 10_000)
    for at_us in (100_000, 150_000):
        grant = granted(frames, at_us)
        assert grant.paired and not grant.keyframe
        frames.begin(grant)
        assert frames.due(at_us) == []
        frames.send(grant, grant.frame(payload=bytes(50), keyframe=False, capture_sender_us=at_us), at_us)
    return frames


def test_on_a_thin_link_two_frames_share_a_message_and_its_ack() -> None:
    peer = receiver("a")
    frames = sender_with_a_pair(peer)
    ((_, pair),) = frames.due(150_000)
    assert isinstance(pair, FramePair)
    assert sum(frame.wire_bytes for frame in peer.in_flight) == 2 + 3 + 2 * 58 + 66
    acknowledged = frames.acknowledged(peer, Ack(sequence=2), 200_000)
    assert acknowledged is not None and not peer.in_flight


def test_a_pair_that_was_not_sent_gives_both_credits_back() -> None:
    peer = receiver("a")
    frames = sender_with_a_pair(peer)
    frames.due(150_000)
    for sequence in (2, 1):
        frames.take_back(peer, sequence)
    assert not peer.in_flight and not peer.in_step


def test_only_the_ack_of_a_frame_in_flight_is_a_sample() -> None:
    peer = receiver("a")
    frames = frame_sender(peer)
    send(frames, 3000)
    frames.due(0)
    peer.ack_sampler.ping_rtt(10_000, 0)
    assert frames.acknowledged(peer, Ack(sequence=5), 1000) is None
    event = frames.acknowledged(peer, Ack(sequence=0, hold_us=5000), 25_000)
    assert event is not None and (event.network_us, event.hold_us) == (20_000, 5000)
    # 3.3 kB in the 10 ms beyond min_rtt.
    assert peer.bandwidth.target_bps > 1e6


def test_a_receiver_that_returns_keeps_its_bandwidth_and_one_that_was_lost_begins_lower() -> None:
    orderly, lost = receiver("a"), receiver("bb")
    frames = frame_sender(orderly, lost)
    orderly.bandwidth.target_bps = lost.bandwidth.target_bps = 80_000.0
    frames.left(orderly)
    send(frames, 100)
    frames.left(lost)
    assert frames.bandwidths.take(orderly.instance).target_bps == 80_000
    assert frames.bandwidths.take(lost.instance).target_bps == 20_000
    assert frames.bandwidths.take(99).target_bps == START_BPS
