"""LZW (Welch 1984) of bytes: strings that have occurred become codes of 8 to 16 bits.

The dictionary loop is sequential and runs in Python, ten million bytes a second or so. Packing the codes is
vectorised: a code's width depends on nothing but its place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from narrowcast.codec.bit_string import bit_windows, pack_bits
from narrowcast.codec.errors import BitstreamError

_MAX_ENTRIES = 1 << 16
"a full dictionary is thrown away and begun anew on both sides, which needs no code of its own"
_FIRST_FREE = 256
_CODES_PER_DICTIONARY = _MAX_ENTRIES - _FIRST_FREE


def lzw_codes(data: bytes) -> list[int]:
    """Emit the longest known string, then learn it with the byte behind it. A key is a code and that byte."""
    if not data:
        return []
    codes: list[int] = []
    known: dict[int, int] = {}
    prefix = data[0]
    free = _FIRST_FREE
    for byte in memoryview(data)[1:]:
        key = prefix << 8 | byte
        if key in known:
            prefix = known[key]
            continue
        codes.append(prefix)
        prefix = byte
        known[key] = free
        free += 1
        if free == _MAX_ENTRIES:
            known.clear()
            free = _FIRST_FREE
    codes.append(prefix)
    return codes


class LzwExpander:
    """Undoes lzw_codes piece by piece; work and memory are bounded by the bytes asked for."""

    def __init__(self, codes: list[int]) -> None:
        self._codes = codes
        self._next = 0
        self._strings: list[bytes] = []
        self._previous = b""
        self._held = b""  # made, and not asked for yet

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes; BitstreamError where the codes make fewer, or are none."""
        pieces, left = [self._held], size - len(self._held)
        while left > 0:
            piece = self._piece()
            left -= len(piece)
            pieces.append(piece)
        made = b"".join(pieces)
        self._held = made[size:]
        return made[:size]

    def finish(self) -> None:
        """BitstreamError where codes or bytes are left."""
        if self._held or self._next < len(self._codes):
            raise BitstreamError("lzw codes make more values than the picture has")

    def _piece(self) -> bytes:
        """Expand one code: a string is at most one byte longer than one that was made before it."""
        if self._next == len(self._codes):
            raise BitstreamError(f"{len(self._codes)} lzw codes make too few values")
        if self._next % _CODES_PER_DICTIONARY == 0:
            self._strings, self._previous = [bytes([byte]) for byte in range(_FIRST_FREE)], b""
        code = self._codes[self._next]
        self._next += 1
        if code < len(self._strings):
            piece = self._strings[code]
        elif code == len(self._strings) and self._previous:
            piece = self._previous + self._previous[:1]
        else:
            raise BitstreamError(f"lzw code {code}, the dictionary has {len(self._strings)}")
        if self._previous:
            self._strings.append(self._previous + piece[:1])
        self._previous = piece
        return piece


def _widths(count: int) -> NDArray[np.int64]:
    """Bits of each code: enough for the largest that the encoder may know when it emits the code."""
    largest = _FIRST_FREE - 1 + np.arange(count, dtype=np.int64) % _CODES_PER_DICTIONARY
    return np.frexp(largest.astype(np.float64))[1].astype(np.int64)


def pack_lzw(codes: list[int]) -> bytes:
    """Write the codes as one bit string."""
    return pack_bits(np.array(codes, np.int64), _widths(len(codes)))


def unpack_lzw(data: bytes) -> list[int]:
    """Undo pack_lzw; BitstreamError where the bytes hold no whole number of codes."""
    ends = np.cumsum(_widths(len(data)))  # no code is shorter than a byte
    count = int(np.searchsorted(ends, 8 * len(data), side="right"))
    used = int(ends[count - 1]) if count else 0
    left = 8 * len(data) - used
    if left >= 8 or (left and data[-1] & (1 << left) - 1):
        raise BitstreamError(f"{count} lzw codes take {(used + 7) // 8} bytes and zero bits, got {len(data)}")
    widths = _widths(count)
    positions = ends[:count] - widths
    windows = bit_windows(data)[positions >> 3]
    codes: list[int] = (windows >> 24 - (positions & 7) - widths & (1 << widths) - 1).tolist()
    return codes
