"""The queue of a tile: what the newest picture builds on, and nothing before the newest keyframe."""

from __future__ import annotations

from narrowcast.fabric.fleet import tile_queue
from narrowcast.fabric.fleet.tile_queue import TileQueue, Waiting
from tests.fabric.fabric_samples_of_messages import FRAME_US, frames, unpacked


def numbers(waiting: Waiting | None) -> list[int]:
    return [] if waiting is None else [frame.sequence for frame in waiting.frames]


def test_a_chain_is_handed_over_piece_by_piece() -> None:
    queue = TileQueue()
    for each in unpacked(frames(4)):
        queue.put(each)
        queue.put(each)  # what comes twice counts once
    assert numbers(queue.take()) == [0, 1, 2, 3] and queue.take() is None
    assert queue.came == 4 and queue.newest is not None and queue.newest.sequence == 3


def test_a_keyframe_takes_the_place_of_what_was_before_it() -> None:
    queue = TileQueue()
    for each in unpacked(frames(8)):
        queue.put(each)
    assert numbers(queue.take()) == [5, 6, 7] and queue.skipped == 5


def test_a_hole_ends_the_chain_until_the_next_keyframe() -> None:
    queue, messages = TileQueue(), unpacked(frames(11))
    for each in messages[:2] + messages[3:5]:
        queue.put(each)
    assert numbers(queue.take()) == [0, 1]
    queue.lose()
    queue.put(messages[5])
    assert numbers(queue.take()) == [5]


def test_a_worker_too_far_behind_shows_the_keyframe_and_waits_for_the_next() -> None:
    queue = TileQueue()
    count = tile_queue.BEHIND_US // FRAME_US + 5
    messages = unpacked(frames(count + 10, keyframe_every=count))
    for each in messages[:count]:
        queue.put(each)
    assert numbers(queue.take()) == [0] and queue.take() is None
    assert queue.skipped == count - 1
    queue.put(messages[count])
    assert numbers(queue.take()) == [count]
    for each in messages[count + 1 :]:
        queue.put(each)
    assert len(numbers(queue.take())) == 9


def test_inter_frames_too_far_behind_are_left_out() -> None:
    queue = TileQueue()
    messages = unpacked(frames(100, keyframe_every=200))
    queue.put(messages[0])
    assert numbers(queue.take()) == [0]
    for each in messages[1:]:
        queue.put(each)
    assert queue.take() is None and queue.skipped == 99
