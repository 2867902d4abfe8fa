"""What the watch of the scene looks at: a small grey picture, and numbers of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH = 160
"Pixels: enough for a person far away, little enough to be looked at five times a second."

DETAIL_SIGMA = 4.0
"Detail is what a Gaussian of so many pixels takes away."

Grey = NDArray[np.float32]
"A picture: float32 [H, WIDTH], 0 to 255."


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """One picture of the scene."""

    at_us: int
    "when it came"
    grey: Grey
    "the picture"
    detail: Grey
    "what is finer than DETAIL_SIGMA: signed, near 0 where the picture is smooth"
    mean: float
    "of the grey picture"
    bright: float
    "all but two in a hundred pixels are darker"
    contrast: float
    "mean amount of detail for each level of brightness: the same in any light"


def make_sample(rgb: NDArray[np.uint8], at_us: int) -> Sample:
    """Look at uint8 RGB [H, W, 3] of any size."""
    height = max(8, round(WIDTH * rgb.shape[0] / rgb.shape[1]))
    small = cv2.resize(rgb, (WIDTH, height), interpolation=cv2.INTER_AREA)
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 1.0)
    detail = grey - cv2.GaussianBlur(grey, (0, 0), DETAIL_SIGMA)
    mean = float(grey.mean())
    return Sample(
        at_us=at_us,
        grey=np.asarray(grey, np.float32),
        detail=np.asarray(detail, np.float32),
        mean=mean,
        bright=float(np.percentile(grey, 98)),
        contrast=float(np.abs(detail).mean()) / (mean + 8.0),
    )
