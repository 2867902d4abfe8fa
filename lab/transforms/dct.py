"""The DCT as codecs use it: blocks of 8x8, the few coefficients that matter, JPEG's quantiser.

DCT-II of a block x of N x N (N = 8), orthonormal, so that squared errors are the same on both sides:

    X[u,v] = c(u) c(v) sum_ij x[i,j] cos((2i + 1) u pi / 2N) cos((2j + 1) v pi / 2N)

with c(0) = sqrt(1/N), c(u) = sqrt(2/N) otherwise.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn, idctn

from narrowcast.codec import Rgb
from narrowcast.lab.coders import entropy_bits

BLOCK = 8

LUMA_TABLE = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ]
)
"""Quantiser steps for luma at quality 50: ITU-T T.81, Annex K, table K.1."""

Planes = NDArray[np.float64]
"[P, H, W], H and W multiples of 8"

Blocks = NDArray[np.float64]
"[P, H/8, W/8, 8, 8]"


def to_planes(rgb: Rgb) -> Planes:
    """Map RGB [H, W, 3] to luma and two chroma planes, less 128."""
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb).transpose(2, 0, 1), np.float64) - 128


def to_picture(planes: Planes) -> Rgb:
    """Undo to_planes, to the nearest of 256 levels."""
    rounded = np.clip(np.rint(planes + 128), 0, 255).astype(np.uint8).transpose(1, 2, 0)
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(rounded), cv2.COLOR_YCrCb2RGB), np.uint8)


def block_dct(planes: Planes) -> Blocks:
    """Transform every block of 8x8."""
    count, height, width = planes.shape
    blocks = planes.reshape(count, height // BLOCK, BLOCK, width // BLOCK, BLOCK).swapaxes(2, 3)
    return np.asarray(dctn(blocks, type=2, axes=(3, 4), norm="ortho"))


def inverse_block_dct(blocks: Blocks) -> Planes:
    """Undo block_dct."""
    count, rows, columns = blocks.shape[:3]
    planes = np.asarray(idctn(blocks, type=2, axes=(3, 4), norm="ortho"))
    return planes.swapaxes(2, 3).reshape(count, rows * BLOCK, columns * BLOCK)


def keep_largest(blocks: Blocks, share: float) -> Blocks:
    """Keep the largest coefficients of the whole picture, this share of them; the others become 0."""
    kept = max(1, round(share * blocks.size))
    least = np.partition(np.abs(blocks).ravel(), blocks.size - kept)[blocks.size - kept]
    return np.asarray(np.where(np.abs(blocks) >= least, blocks, 0.0))


def jpeg_steps(quality: int) -> NDArray[np.int64]:
    """The luma quantiser's steps at a quality of 1 to 100, as libjpeg scales table K.1."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return np.asarray(np.clip((LUMA_TABLE * scale + 50) // 100, 1, 255), np.int64)


def quantised(blocks: Blocks, steps: NDArray[np.int64] | float) -> NDArray[np.int64]:
    """Levels: each coefficient over its step, rounded. What is lost in JPEG is lost here."""
    return np.rint(blocks / steps).astype(np.int64)


def ideal_bits(levels: NDArray[np.int64]) -> float:
    """Bits of levels if each frequency of each plane had an ideal entropy coder with a table of its own."""
    planes = levels.shape[0]
    columns = levels.reshape(planes, -1, BLOCK * BLOCK)
    return sum(entropy_bits(columns[p, :, f]) for p in range(planes) for f in range(BLOCK * BLOCK))


def at_bits(blocks: Blocks, bits: float) -> tuple[Blocks, float]:
    """Quantise all with the one step that needs at most so many ideal bits; also return the bits.

    One step for all is what a squared error asks for; JPEG's tables follow the eye instead.
    """
    low, high = 0.5, 1024.0
    for _ in range(24):
        step = (low * high) ** 0.5
        if ideal_bits(quantised(blocks, step)) > bits:
            low = step
        else:
            high = step
    levels = quantised(blocks, high)
    return np.asarray(levels * high, np.float64), ideal_bits(levels)


def basis() -> NDArray[np.float64]:
    """The 64 patterns that blocks are sums of, [8, 8, 8, 8]: of frequency (u, v), a picture of 8x8."""
    units = np.eye(BLOCK * BLOCK).reshape(BLOCK, BLOCK, BLOCK, BLOCK)
    return np.asarray(idctn(units, type=2, axes=(2, 3), norm="ortho"))
