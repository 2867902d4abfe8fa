"""Frames that arrived are completed, and the queue lets through exactly what the decoder can use."""

from __future__ import annotations

from narrowcast.protocol.rate.clock import ClockEstimator
from narrowcast.protocol.session.frame_queue import (
    MAX_QUEUED,
    ArrivedFrame,
    FrameQueue,
    arrived_frame,
    with_local_times,
)
from narrowcast.protocol.wire.messages import FrameMessage
from tests.protocol.receiving import WELCOME


def message(
    sequence: int, *, keyframe: bool = False, droppable: bool = False, distance: int = 1
) -> FrameMessage:
    return FrameMessage(
        sequence=sequence,
        capture_sender_us=10,
        send_delay_us=5,
        payload=b"x",
        keyframe=keyframe,
        droppable=droppable,
        chain_distance=distance,
    )


def frame(
    sequence: int, *, keyframe: bool = False, droppable: bool = False, distance: int = 1
) -> ArrivedFrame:
    whole = message(sequence, keyframe=keyframe, droppable=droppable, distance=distance)
    return arrived(whole, 0)


def arrived(whole: FrameMessage, arrival_local_us: int) -> ArrivedFrame:
    return arrived_frame(whole, WELCOME, encode_us=7, quality=0.25, arrival_local_us=arrival_local_us)


def taken(queue: FrameQueue) -> list[int]:
    sequences = []
    while (queued := queue.take()) is not None:
        sequences.append(queued.sequence)
    return sequences


def test_what_a_frame_leaves_out_comes_from_the_stream_and_the_last_pong() -> None:
    whole = arrived(message(4), 1000)
    assert (whole.epoch, whole.codec, whole.width, whole.height) == (WELCOME.epoch, "jpeg", 64, 48)
    assert (whole.encode_us, whole.quality) == (7, 0.25)
    assert (whole.capture_sender_us, whole.send_sender_us, whole.arrival_local_us) == (10, 15, 1000)


def test_times_on_our_clock_are_known_once_the_clocks_are_compared() -> None:
    clock = ClockEstimator()
    came = arrived(message(4), 1000)
    unknown = with_local_times(came, clock, 1000)
    assert unknown.capture_local_us is unknown.clock_error_us is unknown.network_us is None
    clock.add_exchange(
        ping_sent_local_us=500,
        ping_received_sender_us=-400,
        pong_sent_sender_us=-400,
        pong_received_local_us=700,
    )
    known = with_local_times(came, clock, 1000)
    assert (known.capture_local_us, known.network_us, known.clock_error_us) == (1010, 0, 100)


def test_nothing_passes_before_a_keyframe() -> None:
    queue = FrameQueue()
    arrival = queue.put(frame(4))
    assert not arrival.queued and not arrival.broken and arrival.missed == 0
    assert queue.put(frame(5, keyframe=True)).queued
    assert queue.put(frame(6)).queued
    assert taken(queue) == [5, 6]


def test_a_hole_in_the_chain_is_told_once_and_ends_with_the_next_keyframe() -> None:
    queue = FrameQueue()
    queue.put(frame(0, keyframe=True))
    arrival = queue.put(frame(3))
    assert not arrival.queued and arrival.missed == 2
    assert arrival.broken == "frame 3 builds on 2, the last one here is 0"
    after = queue.put(frame(4))
    assert not after.queued and not after.broken
    assert queue.put(frame(7, keyframe=True)).missed == 2
    assert taken(queue) == [0, 7]


def test_a_missing_droppable_frame_is_no_hole() -> None:
    queue = FrameQueue()
    queue.put(frame(0, keyframe=True))
    assert queue.put(frame(1, droppable=True)).queued
    arrival = queue.put(frame(3, distance=3))
    assert arrival.queued and arrival.missed == 1
    assert queue.put(frame(4)).queued


def test_old_and_doubled_frames_are_dropped() -> None:
    queue = FrameQueue()
    queue.put(frame(5, keyframe=True))
    assert not queue.put(frame(5, keyframe=True)).queued
    assert not queue.put(frame(4)).queued
    assert taken(queue) == [5]


def test_a_flood_is_bounded_and_breaks_the_chain() -> None:
    queue = FrameQueue()
    for sequence in range(MAX_QUEUED):
        assert queue.put(frame(sequence, keyframe=sequence == 0)).queued
    assert "without being asked" in queue.put(frame(MAX_QUEUED)).broken
    assert len(queue) == MAX_QUEUED


def test_after_a_decode_error_only_a_waiting_keyframe_survives() -> None:
    queue = FrameQueue()
    queue.put(frame(0, keyframe=True))
    queue.take()
    queue.put(frame(1))
    queue.put(frame(2, keyframe=True))
    queue.put(frame(3))
    assert [queued.sequence for queued in queue.break_chain()] == [1]
    assert not queue.awaiting_keyframe
    assert taken(queue) == [2, 3]
    assert queue.break_chain() == []
    assert queue.awaiting_keyframe
