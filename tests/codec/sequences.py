"""Short seeded sequences: a picture that moves, and one that stands still under sensor noise."""

from __future__ import annotations

import numpy as np

from narrowcast.codec.api import Rgb
from tests.codec.picture_samples import camera_like


def moving(width: int, height: int, count: int, seed: int = 0) -> list[Rgb]:
    """A window that slides over a larger picture, with fresh noise on every frame."""
    scene = camera_like(width + 3 * count, height + count, seed)
    rng = np.random.default_rng(seed)
    return [_noisy(scene[i : i + height, 3 * i : 3 * i + width], rng) for i in range(count)]


def still(width: int, height: int, count: int, seed: int = 0) -> list[Rgb]:
    """The same picture again and again, with fresh noise on every frame."""
    scene = camera_like(width, height, seed)
    rng = np.random.default_rng(seed)
    return [_noisy(scene, rng) for _ in range(count)]


def _noisy(picture: Rgb, rng: np.random.Generator) -> Rgb:
    noise = np.rint(rng.normal(0, 2, picture.shape))
    return np.clip(picture + noise, 0, 255).astype(np.uint8)
