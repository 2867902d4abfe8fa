"""PNG step by step: five filters, then DEFLATE. No transform, no quantiser: every pixel comes back.

Of each byte x a filter subtracts a prediction, modulo 256, from a (the same channel one pixel to the left), b
(above) and c (above and to the left):

    None 0,   Sub a,   Up b,   Average floor((a + b) / 2),   Paeth: which of a, b, c is nearest to a + b - c

of equals first a, then b. The encoder picks a filter for each row; the usual rule is the smallest sum of
absolute residuals. DEFLATE is LZ77 (repeated strings) and Huffman codes.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

FILTERS = ("None", "Sub", "Up", "Average", "Paeth")
LEVEL = 9

Bytes = NDArray[np.uint8]
"[H, W, C]"


def _neighbours(picture: Bytes) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """a, b and c of every byte; 0 outside the picture."""
    padded = np.pad(picture.astype(np.int64), ((1, 0), (1, 0), (0, 0)))
    return padded[1:, :-1], padded[:-1, 1:], padded[:-1, :-1]


def paeth(a: NDArray[np.int64], b: NDArray[np.int64], c: NDArray[np.int64]) -> NDArray[np.int64]:
    """Paeth's predictor."""
    estimate = a + b - c
    to_a, to_b, to_c = abs(estimate - a), abs(estimate - b), abs(estimate - c)
    return np.where((to_a <= to_b) & (to_a <= to_c), a, np.where(to_b <= to_c, b, c))


def residual(picture: Bytes, name: str) -> Bytes:
    """What a filter leaves of a picture."""
    a, b, c = _neighbours(picture)
    predictions = {"None": 0 * a, "Sub": a, "Up": b, "Average": (a + b) // 2, "Paeth": paeth(a, b, c)}
    return ((picture - predictions[name]) & 255).astype(np.uint8)


def restored(filtered: Bytes, name: str) -> Bytes:
    """Undo residual, pixel by pixel as a decoder has to: each needs the ones before it."""
    height, width, channels = filtered.shape
    padded = np.zeros((height + 1, width + 1, channels), np.int64)
    for row in range(1, height + 1):
        for column in range(1, width + 1):
            a, b, c = padded[row, column - 1], padded[row - 1, column], padded[row - 1, column - 1]
            predictions = {"None": 0 * a, "Sub": a, "Up": b, "Average": (a + b) // 2, "Paeth": paeth(a, b, c)}
            padded[row, column] = (filtered[row - 1, column - 1] + predictions[name]) & 255
    return padded[1:, 1:].astype(np.uint8)


def adaptive(picture: Bytes) -> tuple[Bytes, NDArray[np.int64]]:
    """Choose a filter for each row by the smallest sum of absolute residuals; also return the choices [H]."""
    candidates = np.stack([residual(picture, name) for name in FILTERS])
    costs = np.abs(candidates.view(np.int8).astype(np.int64)).sum(axis=(2, 3))
    chosen = costs.argmin(axis=0)
    return candidates[chosen, np.arange(len(picture))], chosen


def deflated_bytes(filtered: Bytes, types: NDArray[np.int64] | int) -> int:
    """Size after DEFLATE, with the byte before each row that names its filter, as in a PNG file."""
    rows = filtered.reshape(len(filtered), -1)
    named = np.broadcast_to(np.asarray(types, np.uint8).reshape(-1, 1), (len(rows), 1))
    return len(zlib.compress(np.concatenate([named, rows], axis=1).tobytes(), LEVEL))
