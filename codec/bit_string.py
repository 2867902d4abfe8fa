"""Bit strings made of codes of any widths, most significant bits first: packed, and read, with NumPy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_CODE_BITS = 17
"""A code of so many bits falls into at most two 16-bit words, wherever it begins."""

WINDOW_BITS = 24
"""A window begins at a byte, so 17 bits from any bit of that byte on lie in it."""


def pack_bits(
    codes: NDArray[np.int64],
    widths: NDArray[np.int64],
    positions: NDArray[np.int64] | None = None,
    *,
    total_bytes: int | None = None,
) -> bytes:
    """Write codes as one bit string, zeros where nothing is written.

    Args:
        codes: of any shape, each in its low bits.
        widths: bits of each, 0 to 17.
        positions: where each begins, in bits, none over another; None: one behind the other.
        total_bytes: length of the result; None: as many as the codes need.
    """
    if positions is None:
        positions = np.cumsum(widths.ravel()) - widths.ravel()
    if total_bytes is None:
        total_bytes = (int(widths.sum()) + 7) // 8
    # Codes never overlap, so adding them is or-ing them.
    spread = codes.ravel() << 32 - (positions.ravel() & 15) - widths.ravel()
    words = np.zeros(total_bytes // 2 + 2)
    first = positions.ravel() >> 4
    words += np.bincount(first, spread >> 16, words.size)
    words += np.bincount(first + 1, spread & 0xFFFF, words.size)
    return words.astype(">u2").tobytes()[:total_bytes]


def bit_windows(data: bytes, padding: int = 0) -> NDArray[np.int64]:
    """The 24 bits from each byte on, and of `padding` more bytes behind the end, which are zeros."""
    padded = np.frombuffer(data + bytes(padding + 2), np.uint8).astype(np.int64)
    return padded[:-2] << 16 | padded[1:-1] << 8 | padded[2:]
