"""Frames in parts, and back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrowcast.protocol.wire.frame_parts import (
    MAX_PART_BYTES,
    MIN_PART_BYTES,
    FrameAssembler,
    part_bytes,
    split_frame,
)
from narrowcast.protocol.wire.messages import FrameMessage, FramePart

FRAME = FrameMessage(sequence=9, capture_sender_us=5, send_delay_us=1, payload=bytes(range(250)) * 10)


def assemble(assembler: FrameAssembler, parts: list[FrameMessage | FramePart]) -> FrameMessage | None:
    whole = None
    for part in parts:
        whole = assembler.begin(part) if isinstance(part, FrameMessage) else assembler.add(part)
    return whole


@pytest.mark.parametrize("size", [1, 700, 1250, 2499, 2500, 9999])
def test_what_is_split_comes_together_again(size: int) -> None:
    parts = split_frame(FRAME, size)
    assert all(len(part.payload) <= size for part in parts)
    assert assemble(FrameAssembler(10_000), parts) == FRAME


def test_an_empty_payload_is_one_part() -> None:
    empty = replace(FRAME, payload=b"")
    assert split_frame(empty, 100) == [empty]


def test_a_frame_with_a_hole_is_thrown_away_and_the_next_one_taken() -> None:
    assembler = FrameAssembler(10_000)
    parts = split_frame(FRAME, 500)
    assert assemble(assembler, [*parts[:2], *parts[3:]]) is None
    other = replace(FRAME, sequence=10)
    assert assemble(assembler, [*parts[:2], *split_frame(other, 600)]) == other


def test_parts_of_other_frames_and_strays_are_ignored() -> None:
    assembler = FrameAssembler(10_000)
    parts = split_frame(FRAME, 1000)
    stray = FramePart(sequence=8, part=1, payload=b"x")
    assert assembler.add(stray) is None
    assert assemble(assembler, [parts[0], stray, parts[1], replace(stray, part=7)]) is None
    assert assemble(assembler, parts[2:]) == FRAME


def test_a_frame_that_grows_beyond_its_limit_is_dropped() -> None:
    assembler = FrameAssembler(1200)
    assert assemble(assembler, split_frame(FRAME, 500)) is None


def test_parts_are_a_quarter_of_a_second_long_within_limits() -> None:
    assert part_bytes(None) == MAX_PART_BYTES
    assert part_bytes(16_000) == MIN_PART_BYTES
    assert part_bytes(None, 256_000, 1e9) == 8000
    assert part_bytes(1e9) == MAX_PART_BYTES
