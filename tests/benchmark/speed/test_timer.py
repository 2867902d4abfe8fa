"""Timing a coder: every frame once, whole and in stages by turns."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from narrowcast.benchmark.speed.timer import WARM_UP_FRAMES, CoderTimer, HalfTimer, back_and_forth
from narrowcast.codec import Rgb
from narrowcast.codec.stages import CodingStage, OnStage, ignore_stage

pytest.importorskip("psutil", reason="psutil comes with the bench extra")


class LoggingCoder:
    """Tells of two stages a half, one of them in two pieces; a payload is the picture's first level."""

    setting = "log"

    def __init__(self) -> None:
        self.coded: list[int] = []
        self.watched: list[bool] = []
        self._on_encode: OnStage = ignore_stage
        self._on_decode: OnStage = ignore_stage

    def watch(self, on_encode: OnStage, on_decode: OnStage) -> None:
        """Take whom to tell."""
        self._on_encode, self._on_decode = on_encode, on_decode

    def encode(self, rgb: Rgb) -> bytes:
        """Note what came."""
        self.coded.append(int(rgb[0, 0, 0]))
        self.watched.append(self._on_encode is not ignore_stage)
        for stage in (CodingStage.ANALYSIS, CodingStage.EXACT, CodingStage.ENTROPY, CodingStage.EXACT):
            self._on_encode(stage)
        return bytes(10)

    def decode(self, payload: bytes) -> Rgb:
        """Tell of the stages."""
        for stage in (CodingStage.EXACT, CodingStage.SYNTHESIS):
            self._on_decode(stage)
        return np.zeros((1, 1, 3), np.uint8)

    def close(self) -> None:
        """Nothing is open."""


def clip_of(frames: int) -> np.ndarray:
    """Pictures of one pixel, whose level is their number."""
    return np.arange(frames, dtype=np.uint8)[:, None, None, None].repeat(3, axis=3)


def test_a_clip_runs_back_and_forth_without_a_cut() -> None:
    levels = [int(rgb[0, 0, 0]) for rgb in itertools.islice(back_and_forth(clip_of(4)), 9)]
    assert levels == [1, 2, 3, 2, 1, 0, 1, 2, 3]
    assert [int(rgb[0, 0, 0]) for rgb in itertools.islice(back_and_forth(clip_of(1)), 3)] == [0, 0, 0]


def test_frames_are_timed_whole_and_in_stages_by_turns() -> None:
    coder = LoggingCoder()
    synchronised: list[None] = []
    timer = CoderTimer(coder, lambda: synchronised.append(None))
    timer.run(clip_of(5), 6)
    assert len(coder.coded) == WARM_UP_FRAMES + 6
    assert coder.watched == [False] * WARM_UP_FRAMES + [False, True] * 3
    assert len(synchronised) == 3 * (4 + 2), "only where stages are told apart"
    assert list(timer.encode.stage_medians_ms()) == ["analysis", "exact", "entropy"]
    assert list(timer.decode.stage_medians_ms()) == ["exact", "synthesis"]
    assert timer.encode.median_ms() >= 0 and timer.decode.median_ms() >= 0
    assert timer.mean_bytes == 10
    assert timer.resident_bytes > 1_000_000 and timer.growth_bytes is None


def test_memory_is_compared_with_the_hundredth_frame() -> None:
    timer = CoderTimer(LoggingCoder(), lambda: None)
    timer.run(clip_of(5), 120)
    assert timer.growth_bytes is not None and abs(timer.growth_bytes) < 50_000_000


def test_a_codec_without_stages_has_none() -> None:
    half = HalfTimer(lambda: None)
    half.begin_stages()
    half.add_whole(0.25)
    assert half.stage_medians_ms() == {}
    assert half.median_ms() == 250.0
