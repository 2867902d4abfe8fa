"""High dynamic range to what a usual screen shows: PQ and HLG in BT.2020 to 8-bit BT.709.

Transfer functions and the gamma of HLG's display: ITU-R BT.2100-2. White of 203 nits: ITU-R BT.2408.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

PQ, HLG = 16, 18
"Transfer characteristics as ITU-T H.273 numbers them."

WHITE_NITS = 203.0
"Becomes the white of the usual screen."

PEAK_NITS = 1000.0
"The brightest that is told apart from what is brighter still."

LINEAR_UP_TO = 0.6
"Of white: darker tones stay as they are, brighter ones make room for the highlights."

HLG_GAMMA = 1.2
"From scene to display at PEAK_NITS."

_STEPS = 4096
_BT2020_TO_BT709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32
)
_BT2020_LUMA = np.array([0.2627, 0.6780, 0.0593], np.float32)


def tone_mapped(rgb: NDArray[np.uint16], transfer: int) -> NDArray[np.uint8]:
    """Map uint16 [H, W, 3], full range in BT.2020 with `transfer` PQ or HLG, to uint8 [H, W, 3] in BT.709."""
    light = _light_table(transfer)[rgb >> 4]  # 1 is white
    if transfer == HLG:
        luma = cv2.transform(light, _BT2020_LUMA[None])
        gain = cv2.pow(np.maximum(luma * np.float32(WHITE_NITS / PEAK_NITS), 1e-6), HLG_GAMMA - 1)
        light = light * gain[..., None]
    light = np.maximum(cv2.transform(light, _BT2020_TO_BT709), 0)
    brightest = np.maximum(cv2.max(cv2.max(light[..., 0], light[..., 1]), light[..., 2]), 1e-6)
    light *= (_compressed(brightest) / brightest * np.float32(_STEPS - 1))[..., None]
    return _shade_table()[np.minimum(light, _STEPS - 1).astype(np.uint16)]


@cache
def _light_table(transfer: int) -> NDArray[np.float32]:
    """Return the light of each of _STEPS signals; white is 1. For HLG the scene's light, so scaled."""
    signal = np.linspace(0, 1, _STEPS)
    if transfer == PQ:
        power = signal ** (1 / 78.84375)
        share = np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)
        nits = 10_000 * share ** (1 / 0.1593017578125)
        return np.asarray(nits / WHITE_NITS, np.float32)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    return np.asarray(scene * PEAK_NITS / WHITE_NITS, np.float32)


def _compressed(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bend what is brighter than LINEAR_UP_TO so that the peak becomes white (the curve known as Mobius)."""
    peak, start = PEAK_NITS / WHITE_NITS, LINEAR_UP_TO
    a = -(start**2) * (peak - 1) / (start**2 - 2 * start + peak)
    b = (start**2 - 2 * start * peak + peak) / (peak - 1)
    bent = (b**2 + 2 * b * start + start**2) / (b - a) * (light + a) / (light + b)
    return np.asarray(np.where(light <= start, light, np.minimum(bent, 1)), np.float32)


@cache
def _shade_table() -> NDArray[np.uint8]:
    """Return the 8-bit sRGB value of each of _STEPS linear lights from 0 to 1."""
    light = np.linspace(0, 1, _STEPS)
    signal = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(np.round(255 * signal), np.uint8)
