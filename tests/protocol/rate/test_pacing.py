"""Parts wait for the cap in order and are dropped with their receiver; small frames share a message."""

from __future__ import annotations

from collections import deque

from narrowcast.protocol.rate.congestion_window import FrameInFlight
from narrowcast.protocol.rate.pacing import FramePacer
from narrowcast.protocol.rate.wire_cap import WireCap
from narrowcast.protocol.wire.frame_parts import split_frame
from narrowcast.protocol.wire.messages import FrameMessage, FramePair


def frame_in_flight(size: int, peer: bytes = b"a") -> FrameInFlight:
    frame = FrameMessage(sequence=1, capture_sender_us=0, send_delay_us=0, payload=b"p" * size)
    return FrameInFlight(
        peer=peer,
        sequence=1,
        payload_bytes=size,
        wire_bytes=size + 600,
        coded_local_us=0,
        unsent=deque(split_frame(frame, 1200)),
    )


def test_without_a_cap_all_goes_at_once_and_the_times_are_noted() -> None:
    pacer = FramePacer(WireCap(0.0), keys=False)
    frame = frame_in_flight(6000)
    pacer.put(frame)
    assert [peer for peer, _ in pacer.due(70)] == [b"a"] * 5
    assert (frame.first_sent_local_us, frame.last_sent_local_us) == (70, 70)
    assert pacer.idle


def test_under_a_cap_parts_go_when_there_is_room() -> None:
    pacer = FramePacer(WireCap(18.0), keys=False)
    frame = frame_in_flight(6000)
    pacer.put(frame)
    assert len(pacer.due(0)) == 3
    assert pacer.due(1000) == []
    assert not pacer.idle
    later_us = pacer.ready_us(1000)
    assert later_us is not None and 2_000_000 < later_us < 2_200_000
    assert len(pacer.due(later_us)) == 2
    assert (frame.first_sent_local_us, frame.last_sent_local_us) == (0, later_us)


def test_what_waits_for_one_receiver_is_dropped_alone() -> None:
    pacer = FramePacer(WireCap(0.0), keys=False)
    for peer in (b"a", b"b"):
        pacer.put(frame_in_flight(2000, peer))
    pacer.drop(b"a")
    assert [peer for peer, _ in pacer.due(0)] == [b"b", b"b"]


def held_frame(sequence: int, *, peer: bytes = b"a", until_us: int | None = 100) -> FrameInFlight:
    frame = FrameMessage(sequence=sequence, capture_sender_us=0, payload=b"p" * 50)
    return FrameInFlight(
        peer=peer,
        sequence=sequence,
        payload_bytes=50,
        wire_bytes=126,
        coded_local_us=0,
        unsent=deque([frame]),
        held_until_local_us=until_us,
    )


def test_a_frame_that_is_held_shares_the_message_of_the_next_one() -> None:
    pacer = FramePacer(WireCap(0.0), keys=False)
    first, second = held_frame(1), held_frame(2)
    pacer.put(first)
    assert pacer.due(50) == [] and pacer.idle and pacer.ready_us(50) == 100
    pacer.put(held_frame(1, peer=b"b"))
    pacer.put(second)
    ((peer, pair),) = pacer.due(60)
    assert peer == b"a" and isinstance(pair, FramePair)
    assert (pair.first.sequence, pair.second.sequence) == (1, 2)
    assert (first.wire_bytes, second.wire_bytes) == (0, 2 + 3 + 2 * (8 + 50) + 66)
    assert (
        second.first_sent_local_us == 60 and second.held_until_local_us is first.held_until_local_us is None
    )
    assert pacer.ready_us(60) == 100, "the other receiver's frame still waits"


def test_a_frame_is_held_no_longer_than_it_says() -> None:
    pacer = FramePacer(WireCap(0.0), keys=False)
    frame = held_frame(1)
    pacer.put(frame)
    ((_, message),) = pacer.due(100)
    assert isinstance(message, FrameMessage) and frame.held_until_local_us is None
    assert pacer.ready_us(100) is None
    assert pacer.take_released() == [b"a"] and pacer.take_released() == []


def test_a_frame_that_goes_alone_takes_the_held_one_along_in_order() -> None:
    pacer = FramePacer(WireCap(0.0), keys=False)
    pacer.put(held_frame(1))
    pacer.put(held_frame(2, until_us=None))
    assert [message.sequence for _, message in pacer.due(0) if isinstance(message, FrameMessage)] == [1, 2]
