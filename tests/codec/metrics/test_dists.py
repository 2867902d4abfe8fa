"""DISTS: what it forgives, and what its weights weigh."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from narrowcast.codec.metrics.dists import Dists, dists
from narrowcast.codec.metrics.fidelity import psnr
from narrowcast.codec.metrics.networks import Vgg16, WeightsMissingError, l2_pooling
from tests.codec.metrics.network_samples import vgg16_state, with_noise
from tests.codec.metrics.small_distances import small_dists


def test_dists_forgives_texture_that_psnr_does_not() -> None:
    """Another sample of the same grain lies nearer than the grain blurred away, though its PSNR is lower."""
    flat = np.full((96, 96, 3), 128, np.uint8)
    grain, other_grain = with_noise(flat, 25, seed=1), with_noise(flat, 25, seed=2)
    blurred = np.asarray(cv2.GaussianBlur(grain, (0, 0), 3), np.uint8)
    near, far = small_dists().score(grain, [other_grain, blurred])
    assert psnr(grain, [other_grain])[0] < psnr(grain, [blurred])[0]
    assert near < far


def test_structure_alone_does_not_see_the_mean() -> None:
    """With all weight on the structure of the picture itself, a brighter copy is as good as the original."""
    alpha, beta = torch.zeros(1, 3 + 5 * 4, 1, 1), torch.zeros(1, 3 + 5 * 4, 1, 1)
    beta[0, :3] = 1
    structure = Dists(Vgg16(vgg16_state(4), l2_pooling), alpha, beta)
    texture = Dists(Vgg16(vgg16_state(4), l2_pooling), beta, alpha)
    grain = with_noise(np.full((64, 64, 3), 80, np.uint8), 10)
    brighter = grain + np.uint8(60)
    assert structure.score(grain, [brighter])[0] == pytest.approx(0, abs=1e-4)
    assert texture.score(grain, [brighter])[0] > 0.1


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissingError, match=r"dists_alpha_beta\.safetensors"):
        dists(tmp_path)
