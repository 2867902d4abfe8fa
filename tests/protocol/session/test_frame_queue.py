"""The queue lets through exactly what the decoder can use."""

from __future__ import annotations

from protocol.session.frame_queue import MAX_QUEUED, FrameQueue
from protocol.wire.messages import Frame


def frame(sequence: int, *, keyframe: bool = False, droppable: bool = False, distance: int = 1) -> Frame:
    return Frame(
        epoch=1,
        sequence=sequence,
        capture_us=0,
        send_delay_us=0,
        payload=b"x",
        keyframe=keyframe,
        droppable=droppable,
        chain_distance=distance,
    )


def taken(queue: FrameQueue) -> list[int]:
    sequences = []
    while (queued := queue.take()) is not None:
        sequences.append(queued.frame.sequence)
    return sequences


def test_nothing_passes_before_a_keyframe() -> None:
    queue = FrameQueue()
    arrival = queue.put(frame(4), 0)
    assert not arrival.queued and not arrival.broken and arrival.missed == 0
    assert queue.put(frame(5, keyframe=True), 0).queued
    assert queue.put(frame(6), 0).queued
    assert taken(queue) == [5, 6]


def test_a_hole_in_the_chain_is_told_once_and_ends_with_the_next_keyframe() -> None:
    queue = FrameQueue()
    queue.put(frame(0, keyframe=True), 0)
    arrival = queue.put(frame(3), 0)
    assert not arrival.queued and arrival.missed == 2
    assert arrival.broken == "frame 3 builds on 2, the last one here is 0"
    after = queue.put(frame(4), 0)
    assert not after.queued and not after.broken
    assert queue.put(frame(7, keyframe=True), 0).missed == 2
    assert taken(queue) == [0, 7]


def test_a_missing_droppable_frame_is_no_hole() -> None:
    queue = FrameQueue()
    queue.put(frame(0, keyframe=True), 0)
    assert queue.put(frame(1, droppable=True), 0).queued
    arrival = queue.put(frame(3, distance=3), 0)
    assert arrival.queued and arrival.missed == 1
    assert queue.put(frame(4), 0).queued


def test_old_and_doubled_frames_are_dropped() -> None:
    queue = FrameQueue()
    queue.put(frame(5, keyframe=True), 0)
    assert not queue.put(frame(5, keyframe=True), 0).queued
    assert not queue.put(frame(4), 0).queued
    assert taken(queue) == [5]


def test_a_flood_is_bounded_and_breaks_the_chain() -> None:
    queue = FrameQueue()
    for sequence in range(MAX_QUEUED):
        assert queue.put(frame(sequence, keyframe=sequence == 0), 0).queued
    assert "without being asked" in queue.put(frame(MAX_QUEUED), 0).broken
    assert len(queue) == MAX_QUEUED


def test_after_a_decode_error_only_a_waiting_keyframe_survives() -> None:
    queue = FrameQueue()
    queue.put(frame(0, keyframe=True), 0)
    queue.take()
    queue.put(frame(1), 0)
    queue.put(frame(2, keyframe=True), 0)
    queue.put(frame(3), 0)
    assert [queued.frame.sequence for queued in queue.break_chain()] == [1]
    assert not queue.awaiting_keyframe
    assert taken(queue) == [2, 3]
    assert queue.break_chain() == []
    assert queue.awaiting_keyframe
