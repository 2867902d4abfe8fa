"""MNIST's file format (idx, LeCun et al. 1998): digits, laid out in sheets that a codec can take."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from narrowcast.errors import SourceError

UNSIGNED_BYTE, THREE_DIMENSIONS, ONE_DIMENSION = 8, 3, 1
_NAMES = {THREE_DIMENSIONS: "images-idx3", ONE_DIMENSION: "labels-idx1"}
_MAGIC = struct.Struct(">HBB")
MAX_PIXELS = 1 << 30
_GZIP = b"\x1f\x8b"

SHEET_ROWS, SHEET_COLUMNS = 9, 16
"""Digits on a sheet: 28x28 each make 448x252, a picture in the shape of a camera's."""


class IdxError(SourceError):
    """A file is not an idx file of pictures; the text says why."""


def is_idx(path: Path) -> bool:
    """Tell by its first bytes whether a file holds pictures as MNIST's do, gzipped or not."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
        with gzip.open(path) if packed else path.open("rb") as file:
            head = file.read(4)
    except (OSError, EOFError, zlib.error):
        return "idx3" in path.name.lower()  # it says so itself: reading it will say what is wrong
    return head == bytes([0, 0, UNSIGNED_BYTE, THREE_DIMENSIONS])


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read pictures, uint8 [N, H, W], gzipped or not; IdxError where the file holds something else."""
    return _read(path, THREE_DIMENSIONS, "pictures")


def read_idx_labels(path: Path) -> NDArray[np.uint8]:
    """Read labels, uint8 [N], gzipped or not; IdxError where the file holds something else."""
    return _read(path, ONE_DIMENSION, "labels")


def _read(path: Path, dimensions: int, what: str) -> NDArray[np.uint8]:
    try:
        with path.open("rb") as file:
            packed = file.read(len(_GZIP)) == _GZIP
        with gzip.open(path) if packed else path.open("rb") as file:
            sizes = _sizes(path, file.read(_MAGIC.size + 4 * dimensions), dimensions, what)
            wanted = math.prod(sizes)
            data = file.read(wanted + 1)  # a small file may inflate without end: no more than it announces
    except OSError as error:
        raise IdxError(f"{path} cannot be read ({error.strerror or error})") from error
    except (EOFError, zlib.error) as error:
        raise IdxError(f"{path} is cut off or damaged; download it again") from error
    if len(data) != wanted:
        held = "more" if len(data) > wanted else f"{len(data)} bytes"
        raise IdxError(f"{path} announces {_described(sizes, what)} and holds {held}")
    return np.frombuffer(data, np.uint8).reshape(sizes)


def _sizes(path: Path, head: bytes, dimensions: int, what: str) -> list[int]:
    """Check a file's header, and return the sizes that it announces, the number of items first."""
    if len(head) < _MAGIC.size + 4 * dimensions:
        raise IdxError(f"{path} has {len(head)} bytes, too few for an idx file of {what}")
    zero, kind, found = _MAGIC.unpack_from(head)
    if zero or kind != UNSIGNED_BYTE or found != dimensions:
        raise IdxError(f"{path} is no idx file of {what}; name the one with {_NAMES[dimensions]} in its name")
    sizes: list[int] = np.frombuffer(head, ">u4", dimensions, _MAGIC.size).tolist()
    if not 0 < math.prod(sizes) <= MAX_PIXELS:
        raise IdxError(f"{path} announces {_described(sizes, what)}, needed are 1 to {MAX_PIXELS} bytes")
    return sizes


def _described(sizes: list[int], what: str) -> str:
    """Such as "9 pictures of 28x28"."""
    size = " of " + "x".join(map(str, sizes[:0:-1])) if len(sizes) > 1 else ""
    return f"{sizes[0]} {what}{size}"


def sheet(digits: NDArray[np.uint8], index: int) -> NDArray[np.uint8] | None:
    """Lay out sheet `index` of digits [N, H, W] as uint8 RGB, black behind the last; None past the end."""
    places = SHEET_ROWS * SHEET_COLUMNS
    shown = digits[index * places : (index + 1) * places]
    if not len(shown):
        return None
    _, height, width = digits.shape
    cells = np.zeros((places, height, width), np.uint8)
    cells[: len(shown)] = shown
    rows = cells.reshape(SHEET_ROWS, SHEET_COLUMNS, height, width).transpose(0, 2, 1, 3)
    grey = rows.reshape(SHEET_ROWS * height, SHEET_COLUMNS * width)
    return np.ascontiguousarray(np.broadcast_to(grey[:, :, None], (*grey.shape, 3)))
