"""LPIPS: one distance a picture, gradients to the pictures, masks, and weights from a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from narrowcast.codec.metrics.lpips import lpips_alex, lpips_vgg
from narrowcast.codec.metrics.networks import WeightsMissingError
from tests.codec.metrics.network_samples import write_lpips
from tests.codec.metrics.small_distances import small_lpips_alex, small_lpips_vgg
from tests.codec.picture_samples import camera_like


def test_each_picture_has_a_distance_of_its_own() -> None:
    pictures = torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    other = pictures.clone()
    other[1] = 1 - other[1]
    distance = small_lpips_vgg()(other, pictures)
    assert distance[0] == distance[2] == 0.0 < distance[1].item()


def test_following_the_gradient_brings_a_picture_nearer() -> None:
    generator = torch.Generator().manual_seed(1)
    target = torch.rand(1, 3, 64, 64, generator=generator)
    start = (target + 0.2 * torch.randn(target.shape, generator=generator)).requires_grad_()
    lpips = small_lpips_vgg()
    before = lpips(start, target)
    (gradient,) = torch.autograd.grad(before.sum(), start)
    assert all(not parameter.requires_grad for parameter in lpips.parameters())
    step = 1e-3 * gradient / gradient.abs().max()
    assert lpips(start.detach() - step, target).item() < before.item()


def test_a_masked_score_looks_only_where_the_mask_is_set() -> None:
    lpips, before = small_lpips_alex(), camera_like(128, 96)
    after = before.copy()
    after[:, :40] = 255 - after[:, :40]
    right = np.zeros(before.shape[:2], bool)
    right[:, 104:] = True  # far enough for the network not to see the change at the left
    assert lpips.masked_score(before, after, right) < 0.05 * lpips.masked_score(before, after, ~right)


def test_weights_are_read_from_their_folder(tmp_path: Path) -> None:
    lpips = lpips_vgg(write_lpips(tmp_path))
    reference = camera_like(64, 64)
    assert lpips.score(reference, [reference, 255 - reference])[0] == pytest.approx(0, abs=1e-6)
    with pytest.raises(WeightsMissingError, match=r"alexnet_features\.safetensors"):
        lpips_alex(tmp_path)
