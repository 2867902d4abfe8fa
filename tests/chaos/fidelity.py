"""How close a shown picture is to the clip it came from, without knowing which of its pictures it was."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from narrowcast.codec import Rgb

SMALL = 160, 90
"Pictures are compared at this width and height: what turns grey, smears or drifts is seen at it too."

FPS = 15.0
LONGEST_S = 120.0


class Fidelity:
    """The pictures of a clip at a small size, to compare others with."""

    def __init__(self, frames: tuple[Rgb, ...]) -> None:
        self._frames = np.stack([_small(frame) for frame in frames])

    def psnr(self, rgb: Rgb) -> float:
        """Return the PSNR in dB, at the small size, against the picture of the clip that is nearest."""
        errors = np.square(self._frames - _small(rgb)).mean(axis=(1, 2, 3))
        return 10 * math.log10(255**2 / max(1e-6, float(errors.min())))


def demo_fidelity(width: int, height: int) -> Fidelity:
    """Return the comparison with the demo clip at this size."""
    from narrowcast.benchmark.clips import load_clip
    from narrowcast.sender.sources.spec import DEMO_CLIP

    count = round(LONGEST_S * FPS)
    return Fidelity(load_clip(DEMO_CLIP, width=width, height=height, fps=FPS, max_frames=count).frames)


def _small(rgb: Rgb) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(rgb, SMALL, interpolation=cv2.INTER_AREA), np.float32)
