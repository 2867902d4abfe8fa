"""MNIST's file format (idx, LeCun et al. 1998): digits, laid out in sheets that a codec can take."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from narrowcast.errors import SourceError

UNSIGNED_BYTE, THREE_DIMENSIONS = 8, 3
_HEADER = struct.Struct(">HBBIII")
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
    try:
        with path.open("rb") as file:
            packed = file.read(len(_GZIP)) == _GZIP
        with gzip.open(path) if packed else path.open("rb") as file:
            head = file.read(_HEADER.size)
            wanted = _pixels(path, head)
            data = file.read(wanted + 1)  # a small file may inflate without end: no more than it announces
    except OSError as error:
        raise IdxError(f"{path} cannot be read ({error.strerror or error})") from error
    except (EOFError, zlib.error) as error:
        raise IdxError(f"{path} is cut off or damaged; download it again") from error
    count, height, width = _HEADER.unpack(head)[3:]
    if len(data) != wanted:
        held = "more" if len(data) > wanted else f"{len(data)} bytes"
        raise IdxError(f"{path} announces {count} pictures of {width}x{height} and holds {held}")
    return np.frombuffer(data, np.uint8).reshape(count, height, width)


def _pixels(path: Path, head: bytes) -> int:
    """Check a file's header, and return how many bytes of pictures it announces."""
    if len(head) < _HEADER.size:
        raise IdxError(f"{path} has {len(head)} bytes, too few for an idx file of pictures")
    zero, kind, dimensions, count, height, width = _HEADER.unpack(head)
    if zero or kind != UNSIGNED_BYTE or dimensions != THREE_DIMENSIONS:
        raise IdxError(f"{path} is no idx file of pictures; name the one with images-idx3 in its name")
    wanted: int = count * height * width
    if not 0 < wanted <= MAX_PIXELS:
        raise IdxError(f"{path} announces {count} pictures of {width}x{height}, of 1 to {MAX_PIXELS} pixels")
    return wanted


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
