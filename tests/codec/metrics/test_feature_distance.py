"""Distances of what a network sees, with small random networks: properties that need no weights."""

from __future__ import annotations

import pytest
import torch

from narrowcast.codec.metrics.feature_distance import FeatureDistance
from narrowcast.codec.picture import to_tensor
from tests.codec.metrics.network_samples import with_noise
from tests.codec.metrics.small_distances import small_dists, small_lpips_alex, small_lpips_vgg
from tests.codec.picture_samples import camera_like

DISTANCES = [small_lpips_vgg(), small_lpips_alex(), small_dists()]
IDS = ["lpips_vgg", "lpips_alex", "dists"]


@pytest.mark.parametrize("metric", DISTANCES, ids=IDS)
def test_a_distance_is_zero_symmetric_and_grows_with_noise(metric: FeatureDistance) -> None:
    reference = camera_like(128, 96)
    noisy = [with_noise(reference, sigma) for sigma in (0, 4, 12, 36)]
    scores = metric.score(reference, noisy)
    assert scores[0] == pytest.approx(0, abs=1e-5)
    assert scores == sorted(scores)
    assert scores[-1] > 10 * max(scores[0], 1e-4)
    assert metric.score(noisy[2], [reference])[0] == pytest.approx(scores[2], rel=1e-4)


@pytest.mark.parametrize("metric", DISTANCES, ids=IDS)
def test_candidates_do_not_touch_each_other(metric: FeatureDistance) -> None:
    reference = camera_like(128, 96)
    first, second = with_noise(reference, 5), with_noise(reference, 20)
    assert metric.score(reference, [first, second]) == [
        *metric.score(reference, [first]),
        *metric.score(reference, [second]),
    ]


@pytest.mark.parametrize("metric", DISTANCES, ids=IDS)
def test_the_score_of_a_picture_is_the_loss_of_its_tensor(metric: FeatureDistance) -> None:
    reference = camera_like(96, 64)
    candidates = [with_noise(reference, sigma) for sigma in (5, 20)]
    tensors = torch.cat([to_tensor(candidate, 1) for candidate in candidates])
    with torch.no_grad():
        losses = metric(tensors, to_tensor(reference, 1).expand(2, -1, -1, -1))
    assert metric.score(reference, candidates) == pytest.approx(losses.tolist(), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("metric", DISTANCES, ids=IDS)
def test_gradients_reach_the_picture_alone(metric: FeatureDistance) -> None:
    target = to_tensor(camera_like(96, 64), 1)
    picture = to_tensor(camera_like(96, 64, seed=1), 1).requires_grad_()
    metric(picture, target).sum().backward()
    assert picture.grad is not None and bool(picture.grad.abs().max() > 0)
    assert all(parameter.grad is None for parameter in metric.parameters())
