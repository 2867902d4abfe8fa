"""What inter frames cost beside keyframes, and how still a clip stands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmark.codec.cost import measure_cost, still_share
from codec import EncodedFrame, Rgb
from codec.api import BitBudget
from tests.benchmark.bench_samples import make_clip


class PricedEncoder:
    """Keyframes of 1000 and 3000 bytes, inter frames of 400."""

    def __init__(self, keyframes: dict[int, int]) -> None:
        self._keyframes, self._index = keyframes, -1

    def encode(
        self,
        rgb: Rgb,
        *,
        quality: float = 0.5,
        keyframe: bool = False,
        droppable: bool = False,
        budget: BitBudget | None = None,
    ) -> EncodedFrame:
        self._index += 1
        return EncodedFrame(
            payload=bytes(self._keyframes.get(self._index, 400)), keyframe=self._index in self._keyframes
        )


def test_a_clip_with_a_cut_has_two_keyframes() -> None:
    row = measure_cost(make_clip(8), PricedEncoder({0: 1000, 5: 3000}), quality=0.3)
    assert (row.keyframes, row.keyframe_bytes, row.inter_bytes) == (2, 2000.0, 400.0)
    assert row.ratio == 0.2 and row.frames == 8


def test_one_picture_has_no_inter_frames() -> None:
    row = measure_cost(make_clip(1), PricedEncoder({0: 1000}), quality=0.3)
    assert (row.inter_bytes, row.still) == (0.0, 1.0)


def test_a_moving_square_leaves_most_of_the_picture_still() -> None:
    clip = make_clip(6)
    assert 0.8 < still_share(clip) < 1.0
    shifted = tuple(np.roll(frame, 20 * index, axis=1) for index, frame in enumerate(clip.frames))
    assert still_share(replace(clip, frames=shifted)) < 0.3
