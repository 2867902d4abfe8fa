"""Pictures for the codec tests: seeded, small, with edges, gradients and noise as a camera's have."""

from __future__ import annotations

import cv2
import numpy as np

from narrowcast.codec.api import Rgb


def camera_like(width: int, height: int, seed: int = 0) -> Rgb:
    """Smooth colours, a bright rectangle and a little sensor noise."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    picture = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.int16)
    picture[height // 4 : height // 2, width // 3 : width // 2] = (250, 240, 30)
    picture += rng.integers(-3, 4, picture.shape, dtype=np.int16)
    return np.clip(picture, 0, 255).astype(np.uint8)


def noise(width: int, height: int, seed: int = 0) -> Rgb:
    """What no codec can predict."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def flat(width: int, height: int, value: int = 7) -> Rgb:
    """What every codec should predict."""
    return np.full((height, width, 3), value, np.uint8)


def mutations(payload: bytes, count: int, seed: int = 0) -> list[bytes]:
    """Hostile variants: bytes changed, cut short, grown, or noise throughout."""
    rng = np.random.default_rng(seed)
    variants = [b"", payload[:1], payload + b"\x00", rng.bytes(len(payload))]
    for _ in range(count):
        data = bytearray(payload)
        for _ in range(int(rng.integers(1, 9))):
            data[int(rng.integers(len(data)))] = int(rng.integers(256))
        variants.append(bytes(data))
        head = bytearray(payload)
        head[int(rng.integers(min(64, len(head))))] ^= 1 << int(rng.integers(8))
        variants.append(bytes(head))
        variants.append(payload[: int(rng.integers(len(payload)))])
    return variants
