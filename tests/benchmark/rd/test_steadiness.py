"""How restless decoded frames are where the source stands still: by levels, and by LPIPS."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmark.clips import Clip
from benchmark.metrics.features import AlexNet
from benchmark.metrics.perceptual import LpipsMetric
from benchmark.metrics.signal import psnr
from benchmark.peers.peer import code_clip
from benchmark.rd.measure import measure_peer
from benchmark.rd.steadiness import flicker, temporal_lpips
from codec.metrics.lpips import Lpips
from tests.benchmark.bench_samples import SteppedPeer, alexnet_state, make_clip, make_picture, with_noise


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


@pytest.fixture(scope="module")
def metric() -> LpipsMetric:
    generator = torch.Generator().manual_seed(0)
    heads = [torch.rand((1, 4, 1, 1), generator=generator) for _ in range(5)]
    return LpipsMetric(Lpips(AlexNet(alexnet_state(4)), heads), torch.device("cpu"))


def test_temporal_lpips_is_one_for_the_source_and_grows_with_what_restlessly_changes(
    metric: LpipsMetric,
) -> None:
    source = still_clip(0.6).frames
    restless = [with_noise(frame, 8, seed) for seed, frame in enumerate(source, 100)]
    frozen = [source[0]] * len(source)
    same, none, strong = temporal_lpips(metric, source, [source, frozen, restless], [2, 4])
    assert same == pytest.approx(1)
    assert none == pytest.approx(0, abs=1e-6)
    assert strong is not None and strong > 2


def test_temporal_lpips_looks_only_where_the_source_stands_still(metric: LpipsMetric) -> None:
    before = make_picture()
    after = before.copy()
    after[:, :40] = 255 - after[:, :40]  # moves at the left
    still = np.zeros(before.shape[:2], bool)
    still[:, 104:] = True  # far enough for the network not to see that
    assert metric.between(before, after, still) < 0.05 * metric.between(before, after, ~still)


def test_without_a_frame_before_or_anything_still_there_is_no_temporal_lpips(metric: LpipsMetric) -> None:
    pictures = [make_picture(), 255 - make_picture()]
    assert temporal_lpips(metric, pictures, [pictures], [0]) == [None]
    assert temporal_lpips(metric, pictures, [pictures], [1]) == [None]


def test_a_point_has_it_where_it_is_asked_for(metric: LpipsMetric) -> None:
    clip = make_clip(4)
    point = measure_peer(
        clip, SteppedPeer(), {"psnr": psnr}, every=2, on_step=lambda count: None, temporal=metric
    )[0]
    decoded = code_clip(SteppedPeer(), clip, 64).frames
    assert [point.temporal_lpips] == temporal_lpips(metric, clip.frames, [decoded], [1])
