"""The lossless predictor of huffman and lzw: each row of residuals from the left, from above, or from both.

Green goes out of red and blue first (their differences are small where the picture is grey). Everything
is modulo 256, so an inverse exists by construction and takes one cumulative sum per row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from narrowcast.codec.api import Rgb
from narrowcast.codec.errors import BitstreamError

_LEFT, _UP, _PLANE = 0, 1, 2


@dataclass(frozen=True, kw_only=True)
class Residual:
    """A picture as what its predictor did not foresee."""

    modes: NDArray[np.uint8]
    "[H]: how each row was predicted: 0 left, 1 up, 2 left and up"
    values: NDArray[np.uint8]
    "[H, 3, W]: green, red - green, blue - green, less their predictions, modulo 256"


def subtract_prediction(rgb: Rgb) -> Residual:
    """Choose for each row the mode that leaves the smallest residual."""
    planes = _decorrelate(rgb)
    above = np.zeros_like(planes)
    above[1:] = planes[:-1]
    up = planes - above
    candidates = [_minus_left(planes), up, _minus_left(up)]
    costs = [np.abs(candidate.view(np.int8).astype(np.int16)).sum(axis=(1, 2)) for candidate in candidates]
    modes = np.argmin(costs, axis=0).astype(np.uint8)
    values = np.choose(modes[:, None, None], candidates)
    return Residual(modes=modes, values=values)


def add_prediction(residual: Residual) -> Rgb:
    """Undo subtract_prediction; BitstreamError for a mode that does not exist."""
    if residual.modes.max() > _PLANE:
        raise BitstreamError(f"row predictor {residual.modes.max()} does not exist, the last is {_PLANE}")
    planes = residual.values.copy()
    summed = residual.modes != _UP
    planes[summed] = np.cumsum(planes[summed], axis=2, dtype=np.uint8)
    for row in np.flatnonzero(residual.modes != _LEFT):
        if row:
            planes[row] += planes[row - 1]
    return _correlate(planes)


def _minus_left(planes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    out = planes.copy()
    out[..., 1:] -= planes[..., :-1]
    return out


def _decorrelate(rgb: Rgb) -> NDArray[np.uint8]:
    """Map RGB [H, W, 3] to planes [H, 3, W] of green, red - green, blue - green."""
    green = rgb[..., 1]
    return np.stack([green, rgb[..., 0] - green, rgb[..., 2] - green], axis=1)


def _correlate(planes: NDArray[np.uint8]) -> Rgb:
    """Map planes [H, 3, W] back to RGB [H, W, 3]: the inverse of `_decorrelate`."""
    green = planes[:, 0]
    return np.stack([planes[:, 1] + green, green, planes[:, 2] + green], axis=2)
