"""Pictures made of pictures: grids of digits, rows with a label above each, written as PNG."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from narrowcast.codec import Rgb
from narrowcast.errors import OutputError

Grey = NDArray[np.uint8]
"A grey picture, uint8 [H, W], or several, [N, H, W]."

ZOOM = 2
"Digits are small: each pixel is drawn as so many a side."
GAP = 6
LABEL_HEIGHT = 20


def digit_grid(digits: Grey, *, columns: int) -> Grey:
    """Lay digits [N, h, w] out row by row, enlarged; black where a row is not full."""
    count, height, width = digits.shape
    rows = -(-count // columns)
    cells = np.zeros((rows * columns, height, width), np.uint8)
    cells[:count] = digits
    grid = cells.reshape(rows, columns, height, width).swapaxes(1, 2).reshape(rows * height, -1)
    return np.ascontiguousarray(grid.repeat(ZOOM, axis=0).repeat(ZOOM, axis=1))


def pair_grid(above: Grey, below: Grey, *, columns: int) -> Grey:
    """Lay out digits [N, h, w] with what became of each below it."""
    rows = []
    for start in range(0, len(above), columns):
        for digits in (above, below):
            rows.append(digit_grid(digits[start : start + columns], columns=columns))
        rows.append(np.full((GAP, rows[0].shape[1]), 90, np.uint8))
    return np.concatenate(rows[:-1])


def labelled(pictures: Mapping[str, Rgb | Grey], *, columns: int, width: int) -> Rgb:
    """Lay out pictures of any sizes, each scaled to the width with its name above it."""
    tiles = [_tile(name, picture, width) for name, picture in pictures.items()]
    height = max(tile.shape[0] for tile in tiles)
    blank = np.full((height, width, 3), 255, np.uint8)
    padded = [np.pad(tile, ((0, height - len(tile)), (0, 0), (0, 0)), constant_values=255) for tile in tiles]
    padded += [blank] * (-len(padded) % columns)
    gap = np.full((height, GAP, 3), 255, np.uint8)
    rows = []
    for start in range(0, len(padded), columns):
        parts = [part for tile in padded[start : start + columns] for part in (tile, gap)]
        rows.append(np.concatenate(parts[:-1], axis=1))
    return np.concatenate(rows)


def _tile(name: str, picture: Rgb | Grey, width: int) -> Rgb:
    rgb = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
    height = round(rgb.shape[0] * width / rgb.shape[1])
    # Nearest keeps the pixels as they were made; a smaller picture is averaged.
    how = cv2.INTER_NEAREST if width > rgb.shape[1] else cv2.INTER_AREA
    scaled = cv2.resize(rgb, (width, height), interpolation=how)
    strip = np.full((LABEL_HEIGHT, width, 3), 255, np.uint8)
    cv2.putText(strip, name, (2, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, cv2.LINE_AA)
    return np.concatenate([strip, scaled]).astype(np.uint8)


def amplified(difference: NDArray[np.number], gain: float) -> Grey | Rgb:
    """Show a signed difference around grey, times `gain`."""
    return np.asarray(np.clip(128 + gain * difference.astype(np.float32), 0, 255), np.uint8)


def write_grey(path: Path, picture: Grey) -> None:
    """Write a grey picture as PNG; OutputError where the file cannot be written."""
    _write(path, picture)


def write_rgb(path: Path, picture: Rgb) -> None:
    """Write a colour picture as PNG; OutputError where the file cannot be written."""
    _write(path, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))


def read_grey(path: Path) -> Grey:
    """Read back a grey picture that write_grey has written."""
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8)


def _write(path: Path, picture: cv2.typing.MatLike) -> None:
    written, data = cv2.imencode(".png", picture)
    assert written, "OpenCV did not encode a PNG"
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; name another folder with --out") from error
