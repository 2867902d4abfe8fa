"""PSNR and MS-SSIM of pictures whose scores are known."""

from __future__ import annotations

import numpy as np
import pytest

from narrowcast.codec.errors import FrameSizeError
from narrowcast.codec.metrics.fidelity import ms_ssim, psnr
from tests.codec.metrics.network_samples import with_noise
from tests.codec.picture_samples import camera_like

SIDE = 192


def test_psnr_of_a_known_error() -> None:
    reference = np.full((64, 64, 3), 100, np.uint8)
    assert psnr(reference, [reference + np.uint8(5)])[0] == pytest.approx(20 * np.log10(255 / 5))


def test_psnr_of_identical_pictures_is_finite() -> None:
    assert psnr(camera_like(128, 96), [camera_like(128, 96)]) == [100.0]


def test_ms_ssim_is_one_for_identical_pictures_and_falls_with_noise() -> None:
    reference = camera_like(SIDE, SIDE)
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
    with pytest.raises(FrameSizeError, match="176 pixels each way, the pictures are 128x96"):
        ms_ssim(camera_like(128, 96), [camera_like(128, 96)])
