"""LPIPS and DISTS with small random networks: properties that need no weights."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from benchmark.metrics.features import AlexNet, l2_pooling
from benchmark.metrics.metric import Metric
from benchmark.metrics.perceptual import Dists, LpipsMetric
from benchmark.metrics.signal import psnr
from codec.metrics.lpips import Lpips
from codec.metrics.vgg16 import Vgg16, max_pooling
from tests.benchmark.bench_samples import alexnet_state, make_picture, with_noise
from tests.codec.training.feature_samples import vgg16_state

CPU = torch.device("cpu")


def small_lpips() -> Metric:
    heads = [torch.rand((1, 4, 1, 1), generator=torch.Generator().manual_seed(stage)) for stage in range(5)]
    return LpipsMetric(Lpips(Vgg16(vgg16_state(4), max_pooling), heads), CPU)


def small_lpips_alex() -> Metric:
    heads = [torch.rand((1, 4, 1, 1), generator=torch.Generator().manual_seed(stage)) for stage in range(5)]
    return LpipsMetric(Lpips(AlexNet(alexnet_state(4)), heads), CPU)


def small_dists() -> Metric:
    weights = torch.rand((2, 1, 3 + 5 * 4, 1, 1), generator=torch.Generator().manual_seed(0))
    return Dists(Vgg16(vgg16_state(4), l2_pooling), weights[0], weights[1], CPU)


DISTANCES = [small_lpips(), small_lpips_alex(), small_dists()]
IDS = ["lpips", "lpips_alex", "dists"]


@pytest.mark.parametrize("metric", DISTANCES, ids=IDS)
def test_a_distance_is_zero_symmetric_and_grows_with_noise(metric: Metric) -> None:
    reference = make_picture()
    noisy = [with_noise(reference, sigma) for sigma in (0, 4, 12, 36)]
    scores = metric(reference, noisy)
    assert scores[0] == pytest.approx(0, abs=1e-5)
    assert scores == sorted(scores)
    assert scores[-1] > 10 * max(scores[0], 1e-4)
    assert metric(noisy[2], [reference])[0] == pytest.approx(scores[2], rel=1e-4)


@pytest.mark.parametrize("metric", DISTANCES, ids=IDS)
def test_candidates_do_not_touch_each_other(metric: Metric) -> None:
    reference = make_picture()
    first, second = with_noise(reference, 5), with_noise(reference, 20)
    assert metric(reference, [first, second]) == [
        *metric(reference, [first]),
        *metric(reference, [second]),
    ]


def test_dists_forgives_texture_that_psnr_does_not() -> None:
    """Another sample of the same grain lies nearer than the grain blurred away, though its PSNR is lower."""
    flat = np.full((96, 96, 3), 128, np.uint8)
    grain, other_grain = with_noise(flat, 25, seed=1), with_noise(flat, 25, seed=2)
    blurred = np.asarray(cv2.GaussianBlur(grain, (0, 0), 3), np.uint8)
    near, far = small_dists()(grain, [other_grain, blurred])
    assert psnr(grain, [other_grain])[0] < psnr(grain, [blurred])[0]
    assert near < far
