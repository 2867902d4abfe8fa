"""Sizes of pictures and latents, and the checks that every codec makes of them."""

from __future__ import annotations

import numpy as np

from codec.api import MAX_HEIGHT, MAX_WIDTH, MIN_SIDE, Rgb
from codec.errors import FrameSizeError
from codec.latent.config import STRIDE


def check_size(width: int, height: int) -> None:
    """Raise FrameSizeError unless the size is one that the codec takes."""
    if not (MIN_SIDE <= width <= MAX_WIDTH and MIN_SIDE <= height <= MAX_HEIGHT):
        raise FrameSizeError(
            f"size {width}x{height} is out of range; choose {MIN_SIDE}x{MIN_SIDE} to {MAX_WIDTH}x{MAX_HEIGHT}"
        )


def check_picture(rgb: Rgb, width: int, height: int) -> None:
    """Raise FrameSizeError unless rgb is uint8 [height, width, 3]."""
    if rgb.dtype != np.uint8 or rgb.shape != (height, width, 3):
        raise FrameSizeError(
            f"picture is {rgb.dtype} {rgb.shape}; this encoder takes uint8 ({height}, {width}, 3)"
        )


def latent_size(width: int, height: int) -> tuple[int, int]:
    """Return (height, width) of the latents of a picture."""
    return -(-height // STRIDE), -(-width // STRIDE)
