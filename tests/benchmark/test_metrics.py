"""Metrics: the published example values where the weights are at hand, and properties that need none."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from benchmark.commands import WEIGHTS_VARIABLE
from benchmark.errors import MetricError
from benchmark.features import AlexNet, l2_pooling
from benchmark.metrics import METRICS, Dists, LpipsMetric, Metric, ms_ssim, psnr
from codec import Rgb
from codec.training.lpips import Lpips
from codec.training.vgg16 import Vgg16, max_pooling
from tests.codec.training.feature_samples import vgg16_state

from .bench_samples import alexnet_state, make_picture, with_noise

CPU = torch.device("cpu")
SIDE = 192


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


def test_psnr_of_a_known_error() -> None:
    reference = np.full((64, 64, 3), 100, np.uint8)
    assert psnr(reference, [reference + np.uint8(5)])[0] == pytest.approx(20 * np.log10(255 / 5))


def test_psnr_of_identical_pictures_is_finite() -> None:
    assert psnr(make_picture(), [make_picture()]) == [100.0]


def test_ms_ssim_is_one_for_identical_pictures_and_falls_with_noise() -> None:
    reference = make_picture(width=SIDE, height=SIDE)
    scores = ms_ssim(reference, [with_noise(reference, sigma) for sigma in (0, 10, 30, 90)])
    assert scores[0] == pytest.approx(1)
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] < 0.9


def test_ms_ssim_of_a_brighter_flat_picture_is_the_luminance_term() -> None:
    """Contrast and structure of flat pictures agree, so only the coarsest scale's luminance counts."""
    dark, bright = (np.full((SIDE, SIDE, 3), level, np.uint8) for level in (100, 140))
    c1 = (0.01 * 255) ** 2
    luminance = (2 * 100 * 140 + c1) / (100**2 + 140**2 + c1)
    assert ms_ssim(dark, [bright])[0] == pytest.approx(luminance**0.1333, rel=1e-3)


def test_ms_ssim_says_which_pictures_are_too_small() -> None:
    with pytest.raises(MetricError, match="176 pixels each way, the pictures are 128x96"):
        ms_ssim(make_picture(), [make_picture()])


def weights_folder() -> Path:
    folder = os.environ.get(WEIGHTS_VARIABLE)
    if not folder:
        pytest.skip(f"{WEIGHTS_VARIABLE} names no folder with the metrics' weights")
    return Path(folder)


def example(name: str) -> Rgb:
    bgr = cv2.imread(str(weights_folder() / "examples" / name))
    if bgr is None:
        pytest.skip(f"no examples/{name} in the folder of weights")
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # As the authors of LPIPS print for the example pictures that come with it.
        ("lpips_alex", (0.722, 0.138)),
        ("lpips_vgg", (0.569, 0.422)),
        # From the module that the authors of DISTS publish, on the same pictures and weights.
        ("dists", (0.3879, 0.2250)),
    ],
)
def test_published_values(name: str, expected: tuple[float, float]) -> None:
    metric = METRICS[name].load(weights_folder(), CPU)
    scores = metric(example("ex_ref.png"), [example("ex_p0.png"), example("ex_p1.png")])
    assert scores == pytest.approx(expected, abs=1e-3)
