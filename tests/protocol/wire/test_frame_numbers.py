"""Numbers cut for the wire become whole again at the receiver."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrowcast.protocol.wire.fields import MAX_COUNT
from narrowcast.protocol.wire.frame_layout import pack_laid_out, unpack_laid_out
from narrowcast.protocol.wire.frame_numbers import MAX_CAPTURE_STEP_US, FrameNumbers, needs_full
from narrowcast.protocol.wire.messages import FrameMessage


def frame(sequence: int, capture_us: int, *, keyframe: bool = False) -> FrameMessage:
    return FrameMessage(
        sequence=sequence, capture_sender_us=capture_us, payload=b"x", keyframe=keyframe, full=keyframe
    )


def through_the_wire(numbers: FrameNumbers, sent: FrameMessage) -> FrameMessage:
    came = unpack_laid_out(pack_laid_out(sent))
    assert isinstance(came, FrameMessage)
    return numbers.restore(came)


@pytest.mark.parametrize("start", [0, 65_530, 10**6, 2**40])
def test_numbers_are_whole_again_over_many_cycles(start: int) -> None:
    numbers = FrameNumbers()
    capture_us = 5_000_000_000
    for step in range(2000):
        sequence, capture_us = start + 50 * step, capture_us + (66_667 if step % 7 else 3_900_000)
        came = through_the_wire(numbers, frame(sequence, capture_us, keyframe=step == 0))
        assert (came.sequence, came.capture_sender_us, came.full) == (sequence, capture_us, True)


def test_a_capture_time_may_fall_back_a_little() -> None:
    numbers = FrameNumbers()
    through_the_wire(numbers, frame(0, 20_000_000, keyframe=True))
    assert through_the_wire(numbers, frame(1, 19_000_000)).capture_sender_us == 19_000_000


def test_a_leap_needs_full_numbers() -> None:
    assert not needs_full(2, MAX_CAPTURE_STEP_US)
    assert needs_full(1, MAX_CAPTURE_STEP_US + 1) and needs_full(1, -MAX_CAPTURE_STEP_US - 1)
    assert needs_full(20_000, 0)
    numbers = FrameNumbers()
    through_the_wire(numbers, frame(0, 0, keyframe=True))
    leap = replace(frame(1, 3_600_000_000), full=True)
    assert through_the_wire(numbers, leap).capture_sender_us == 3_600_000_000


def test_what_a_hostile_sender_counts_stays_within_what_a_message_can_hold() -> None:
    numbers = FrameNumbers()
    assert numbers.restore(frame(2**16 - 1, 2**24 - 1)).sequence == 0
    numbers.restore(replace(frame(MAX_COUNT, MAX_COUNT), full=True))
    for low in range(1, 2**16, 9000):
        came = numbers.restore(frame(low, 2**23))
        assert 0 <= came.sequence <= MAX_COUNT and abs(came.capture_sender_us) <= MAX_COUNT
