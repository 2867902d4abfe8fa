"""Small training data, made on the spot."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray


def textured(height: int, width: int, seed: int) -> NDArray[np.uint8]:
    """Return a smooth random picture, uint8 [height, width, 3]."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (height // 16 + 1, width // 16 + 1, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def write_data(folder: Path) -> Path:
    """Write three pictures and one moving clip of 12 frames; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(3):
        cv2.imwrite(str(folder / f"{index}.png"), textured(140, 180 + 10 * index, index))
    writer = cv2.VideoWriter(str(folder / "clip.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 15.0, (160, 144))
    scene = textured(144, 220, 9)
    for index in range(12):
        writer.write(np.ascontiguousarray(scene[:, index * 4 : index * 4 + 160]))
    writer.release()
    return folder
