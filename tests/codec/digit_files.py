"""Small files in MNIST's format."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def digits(count: int) -> NDArray[np.uint8]:
    """Return pictures of 28x28: number i is filled with i modulo 256, its corner is white."""
    pictures = np.repeat(np.arange(count, dtype=np.uint8), 28 * 28).reshape(count, 28, 28)
    pictures[:, 0, 0] = 255
    return pictures


def write_digits(path: Path, count: int) -> Path:
    """Write such pictures, gzipped where the name says so; return the path."""
    data = struct.pack(">IIII", 0x00000803, count, 28, 28) + digits(count).tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path
