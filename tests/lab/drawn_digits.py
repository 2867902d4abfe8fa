"""A set of digits like MNIST's, drawn with OpenCV's fonts and written as its four idx files."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import cv2
import numpy as np

from narrowcast.lab.mnist.digits import LabelledDigits

FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX)


def drawn(count: int, seed: int) -> LabelledDigits:
    """Return so many digits of changing font, thickness, size and place."""
    rng = np.random.default_rng(seed)
    pictures = np.zeros((count, 28, 28), np.uint8)
    labels = rng.integers(0, 10, count).astype(np.uint8)
    for picture, label in zip(pictures, labels, strict=True):
        at = int(rng.integers(5, 9)), int(rng.integers(21, 25))
        cv2.putText(
            picture,
            str(label),
            at,
            FONTS[rng.integers(len(FONTS))],
            float(rng.uniform(0.65, 0.85)),
            (255,),
            int(rng.integers(1, 3)),
            cv2.LINE_AA,
        )
    return LabelledDigits(pictures=pictures, labels=labels)


def write_mnist(folder: Path, *, train: int = 400, test: int = 120, packed: bool = True) -> Path:
    """Write the four files; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, count, seed in (("train", train, 0), ("t10k", test, 1)):
        digits = drawn(count, seed)
        images = struct.pack(">IIII", 0x00000803, count, 28, 28) + digits.pictures.tobytes()
        labels = struct.pack(">II", 0x00000801, count) + digits.labels.tobytes()
        for name, data in ((f"{part}-images-idx3-ubyte", images), (f"{part}-labels-idx1-ubyte", labels)):
            path = folder / (f"{name}.gz" if packed else name)
            path.write_bytes(gzip.compress(data) if packed else data)
    return folder
