"""Fidelity to the reference, pixel by pixel: PSNR and MS-SSIM."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from narrowcast.codec.api import Rgb
from narrowcast.codec.errors import FrameSizeError

MAX_PSNR_DB = 100.0
"""What identical pictures get: infinity would spoil every mean."""

MS_SSIM_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Exponents of the five scales (Wang et al. 2003)."""
MS_SSIM_MIN_SIDE = 176
"""The 11-pixel window has to fit into the smallest of the five scales."""
SSIM_WINDOW, SSIM_SIGMA = 11, 1.5
SSIM_C1, SSIM_C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

Plane = NDArray[np.float32]
"A grey picture: float32 [H, W], range 0 to 255."


def psnr(reference: Rgb, candidates: Sequence[Rgb]) -> list[float]:
    """Peak signal-to-noise ratio in dB over R, G and B together."""
    return [_psnr(reference, candidate) for candidate in candidates]


def _psnr(reference: Rgb, candidate: Rgb) -> float:
    error = float(np.square(reference.astype(np.float32) - candidate).mean(dtype=np.float64))
    return MAX_PSNR_DB if error == 0 else min(MAX_PSNR_DB, 10 * math.log10(255**2 / error))


def ms_ssim(reference: Rgb, candidates: Sequence[Rgb]) -> list[float]:
    """Multi-scale structural similarity (Wang et al. 2003) of the luma (BT.601), 1 for identical pictures."""
    if min(reference.shape[:2]) < MS_SSIM_MIN_SIDE:
        height, width = reference.shape[:2]
        raise FrameSizeError(
            f"MS-SSIM needs {MS_SSIM_MIN_SIDE} pixels each way, the pictures are {width}x{height}"
        )
    wanted = _luma(reference)
    return [_ms_ssim(wanted, _luma(candidate)) for candidate in candidates]


def _luma(rgb: Rgb) -> Plane:
    return np.asarray(rgb @ np.array([0.299, 0.587, 0.114], np.float32), np.float32)


def _ms_ssim(a: Plane, b: Plane) -> float:
    product = 1.0
    for scale, weight in enumerate(MS_SSIM_WEIGHTS):
        if scale:
            a, b = _halve(a), _halve(b)
        luminance, structure = _ssim_parts(a, b)
        last = scale == len(MS_SSIM_WEIGHTS) - 1
        similarity = float((luminance * structure).mean()) if last else float(structure.mean())
        product *= max(similarity, 0.0) ** weight  # a negative one has no real power
    return product


def _halve(plane: Plane) -> Plane:
    height, width = plane.shape[0] // 2 * 2, plane.shape[1] // 2 * 2
    return np.asarray(plane[:height, :width].reshape(height // 2, 2, width // 2, 2).mean((1, 3)), np.float32)


def _ssim_parts(a: Plane, b: Plane) -> tuple[Plane, Plane]:
    """Return the luminance and the contrast-structure map, where the window lies inside the picture."""
    mean_a, mean_b = _blur(a), _blur(b)
    variance_a = _blur(a * a) - mean_a * mean_a
    variance_b = _blur(b * b) - mean_b * mean_b
    covariance = _blur(a * b) - mean_a * mean_b
    luminance = (2 * mean_a * mean_b + SSIM_C1) / (mean_a**2 + mean_b**2 + SSIM_C1)
    structure = (2 * covariance + SSIM_C2) / (variance_a + variance_b + SSIM_C2)
    return np.asarray(luminance, np.float32), np.asarray(structure, np.float32)


def _blur(plane: Plane) -> Plane:
    blurred = cv2.GaussianBlur(plane, (SSIM_WINDOW, SSIM_WINDOW), SSIM_SIGMA)
    edge = SSIM_WINDOW // 2
    return np.asarray(blurred[edge:-edge, edge:-edge], np.float32)
