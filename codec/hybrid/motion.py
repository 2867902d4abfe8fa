"""Motion between two base pictures, and pictures moved along it: so the generator's memory follows motion.

The receiver has both pictures, so the motion costs no bits; only the receiver computes it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from narrowcast.codec.api import Rgb


class MotionField:
    """Where each pixel of a picture was in the one before: dense optical flow (DIS, Kroeger et al. 2016)."""

    def __init__(self, height: int, width: int) -> None:
        """Make ready for fields of this size; smaller pictures are padded to it at their ends."""
        self._shape = height, width
        rows, columns = np.mgrid[:height, :width].astype(np.float32)
        self._grid = np.dstack([columns, rows])
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)

    def between(self, now: Rgb, before: Rgb) -> NDArray[np.float32]:
        """Return the source (x, y) in `before` of each pixel of `now`, float32 [height, width, 2]."""
        flow = self._flow.calc(self._grey(now), self._grey(before), None)  # type: ignore[call-overload]
        field: NDArray[np.float32] = self._grid + flow
        return field

    def _grey(self, rgb: Rgb) -> NDArray[np.uint8]:
        grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
        down, right = (full - side for full, side in zip(self._shape, grey.shape, strict=True))
        return np.asarray(cv2.copyMakeBorder(grey, 0, down, 0, right, cv2.BORDER_REPLICATE), np.uint8)


def moved(picture: NDArray[np.float32], field: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take each pixel of a picture [H, W, C] from where a field [H, W, 2] says; bilinear."""
    return np.asarray(
        cv2.remap(
            picture,
            field,
            None,  # type: ignore[call-overload]
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
    )
