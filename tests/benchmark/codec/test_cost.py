"""What inter frames cost beside keyframes, and how still a clip stands."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from narrowcast.benchmark.codec.cost import measure_cost, still_share
from narrowcast.codec import EncodedFrame, Rgb
from tests.benchmark.bench_samples import make_clip
from tests.codec.scripted_encoder import ScriptedEncoder


def encoder_with(keyframes: dict[int, int]) -> ScriptedEncoder:
    """Code keyframes at these places with these sizes, and inter frames of 400 bytes between."""
    places = itertools.count()

    def code(rgb: Rgb, is_keyframe: bool) -> EncodedFrame:
        place = next(places)
        return EncodedFrame(payload=bytes(keyframes.get(place, 400)), keyframe=place in keyframes)

    return ScriptedEncoder(code)


def test_a_clip_with_a_cut_has_two_keyframes() -> None:
    row = measure_cost(make_clip(8), encoder_with({0: 1000, 5: 3000}), quality=0.3)
    assert (row.keyframes, row.keyframe_bytes, row.inter_bytes) == (2, 2000.0, 400.0)
    assert row.ratio == 0.2 and row.frames == 8


def test_one_picture_has_no_inter_frames() -> None:
    row = measure_cost(make_clip(1), encoder_with({0: 1000}), quality=0.3)
    assert (row.inter_bytes, row.still) == (0.0, 1.0)


def test_a_moving_square_leaves_most_of_the_picture_still() -> None:
    clip = make_clip(6)
    assert 0.8 < still_share(clip) < 1.0
    shifted = tuple(np.roll(frame, 20 * index, axis=1) for index, frame in enumerate(clip.frames))
    assert still_share(replace(clip, frames=shifted)) < 0.3
