"""Rate-distortion points: rates, scored frames, flicker."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.clips import Clip
from benchmark.metrics.signal import psnr
from benchmark.rd.measure import flicker, kbps_of, measure, scored_frames, steps_of

from ..bench_samples import SteppedPeer, make_clip, make_picture, with_noise


def test_rates_count_the_keyframe() -> None:
    clip, peer = make_clip(6), SteppedPeer()
    point = measure(clip, peer, {"psnr": psnr}, every=2, on_step=lambda count: None)[0]
    assert (point.codec, point.setting, point.frames) == ("stepped", "step 64", 6)
    assert point.keyframe_bytes == 300
    assert point.kbps == pytest.approx(8 * (300 + 5 * 150) / 6 * 15 / 1000)
    assert point.inter_kbps == pytest.approx(8 * 150 * 15 / 1000)
    assert point.bpp == pytest.approx(8 * (300 + 5 * 150) / 6 / (128 * 96))


def test_points_come_from_fewest_bits_to_most_with_their_scores() -> None:
    clip, peer = make_clip(6), SteppedPeer()
    points = measure(clip, peer, {"psnr": psnr}, every=4, on_step=lambda count: None)
    decoded = peer.code(clip, 16).frames
    assert [point.setting_value for point in points] == [64, 32, 16]
    assert points[2].scores["psnr"] == pytest.approx(psnr(clip.frames[2], [decoded[2]])[0])


def test_progress_arrives_where_it_was_promised() -> None:
    steps: list[int] = []
    metrics = {"psnr": psnr, "dists": psnr}
    measure(make_clip(9), SteppedPeer(), metrics, every=2, on_step=steps.append)
    assert sum(steps) == steps_of(SteppedPeer(), 9, metrics, 2)


def test_one_picture_has_no_inter_frames_and_no_flicker() -> None:
    point = measure(make_clip(1), SteppedPeer(), {"psnr": psnr}, every=4, on_step=lambda count: None)[0]
    assert point.inter_kbps is None
    assert point.flicker is None


@pytest.mark.parametrize(
    ("frames", "every", "costly", "expected"),
    [
        (40, 4, False, [2, 6, 10, 14, 18, 22, 26, 30, 34, 38]),
        (40, 4, True, [2, 18, 34]),
        (1, 4, False, [0]),
        (2, 4, True, [1]),
        (3, 1, False, [0, 1, 2]),
    ],
)
def test_scored_frames(frames: int, every: int, costly: bool, expected: list[int]) -> None:
    assert list(scored_frames(frames, every, costly)) == expected


def test_kbps() -> None:
    assert kbps_of([1000, 500], 10) == pytest.approx(60)


def still_clip(sigma: float) -> Clip:
    """A still picture with the noise of a sensor, which is under two levels almost everywhere."""
    picture = make_picture()
    return Clip(name="still", frames=tuple(with_noise(picture, sigma, seed) for seed in range(5)), fps=15)


def test_flicker_of_the_source_itself_is_one() -> None:
    source = still_clip(0.6).frames
    assert flicker(source, source) == pytest.approx(1)


def test_flicker_of_a_frozen_picture_is_zero() -> None:
    source = still_clip(0.6).frames
    assert flicker(source, [source[0]] * len(source)) == 0


def test_restless_texture_flickers() -> None:
    source = still_clip(0.6).frames
    restless = [with_noise(frame, 4, seed) for seed, frame in enumerate(source, 100)]
    calmer = [with_noise(frame, 2, seed) for seed, frame in enumerate(source, 100)]
    strong, weak = flicker(source, restless), flicker(source, calmer)
    assert strong is not None and weak is not None
    assert strong > weak > 1.5


def test_only_what_stands_still_counts() -> None:
    """The right half of the source moves; whatever the codec makes of that is no flicker."""
    source = [frame.copy() for frame in still_clip(0.6).frames]
    decoded = [frame.copy() for frame in source]
    for index in range(len(source)):
        source[index][:, 64:] = 50 * (index % 2)
        decoded[index][:, 64:] = 200 * (index % 2)
    assert flicker(source, decoded) == pytest.approx(1)


def test_a_source_without_noise_has_no_scale_for_flicker() -> None:
    source = [np.full((64, 64, 3), 90, np.uint8)] * 3
    assert flicker(source, source) is None
