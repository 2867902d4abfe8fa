"""LZW (variable code width, 8 to 16 bits) of a picture's prediction residual: lossless, kept for comparison.

The dictionary loop is sequential and runs in Python: 640x360 takes 0.1 to 0.2 s to encode and 0.05 to 0.2
s to decode on one core, so five to ten frames a second is what it can do. Packing the codes is
vectorised: a code's width depends on nothing but its place.

Payload: width, height (uint16), the number of codes (uint32), the row modes [H] (uint8), the codes.
Little-endian numbers; bits most significant first.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from codec.api import Rgb
from codec.classic.row_predictor import Residual, add_prediction, subtract_prediction
from codec.errors import BitstreamError

_HEAD = struct.Struct("<HHI")
_MAX_ENTRIES = 1 << 16
"a full dictionary is thrown away and begun anew on both sides, which needs no code of its own"
_FIRST_FREE = 256
_CODES_PER_DICTIONARY = _MAX_ENTRIES - _FIRST_FREE


def lzw_encode(rgb: Rgb) -> bytes:
    """Code uint8 [H, W, 3] without loss."""
    height, width, _ = rgb.shape
    residual = subtract_prediction(rgb)
    codes = _compress(residual.values.tobytes())
    return _HEAD.pack(width, height, len(codes)) + residual.modes.tobytes() + _pack(codes)


def lzw_decode(payload: bytes, *, width: int, height: int) -> Rgb:
    """Undo lzw_encode; BitstreamError for anything that it did not write."""
    codes_at = _HEAD.size + height
    if len(payload) < codes_at:
        raise BitstreamError(f"lzw payload of {len(payload)} bytes, its header needs {codes_at}")
    claimed_width, claimed_height, count = _HEAD.unpack_from(payload)
    if (claimed_width, claimed_height) != (width, height):
        raise BitstreamError(
            f"lzw payload of {claimed_width}x{claimed_height}, the stream is {width}x{height}"
        )
    if not 0 < count <= 3 * width * height:
        raise BitstreamError(f"lzw payload of {count} codes for {3 * width * height} values")
    modes = np.frombuffer(payload, np.uint8, height, _HEAD.size)
    data = _expand(_unpack(payload[codes_at:], count), 3 * width * height)
    values = np.frombuffer(data, np.uint8).reshape(height, 3, width)
    return add_prediction(Residual(modes=modes, values=values))


def _compress(data: bytes) -> list[int]:
    """Emit the longest known string, then learn it with the byte behind it. A key is a code and that byte."""
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


def _expand(codes: list[int], size: int) -> bytes:
    """Undo `_compress` to exactly `size` bytes; whatever the codes say, work and memory are bounded by it."""
    pieces: list[bytes] = []
    left = size
    for start in range(0, len(codes), _CODES_PER_DICTIONARY):
        left = _expand_dictionary(codes[start : start + _CODES_PER_DICTIONARY], pieces, left)
    if left:
        raise BitstreamError(f"lzw codes make {size - left} values, expected {size}")
    return b"".join(pieces)


def _expand_dictionary(codes: list[int], pieces: list[bytes], left: int) -> int:
    """Append the strings of the codes of one dictionary; return how many bytes may still come."""
    strings = [bytes([byte]) for byte in range(_FIRST_FREE)]
    previous = b""
    for code in codes:
        if code < len(strings):
            piece = strings[code]
        elif code == len(strings) and previous:
            piece = previous + previous[:1]
        else:
            raise BitstreamError(f"lzw code {code}, the dictionary has {len(strings)}")
        left -= len(piece)
        if left < 0:
            raise BitstreamError("lzw codes make more values than the picture has")
        pieces.append(piece)
        if previous:
            strings.append(previous + piece[:1])
        previous = piece
    return left


def _widths(count: int) -> NDArray[np.int64]:
    """Bits of each code: enough for the largest that the encoder may know when it emits the code."""
    largest = _FIRST_FREE - 1 + np.arange(count, dtype=np.int64) % _CODES_PER_DICTIONARY
    return np.frexp(largest.astype(np.float64))[1].astype(np.int64)


def _pack(codes: list[int]) -> bytes:
    """Write the codes as one bit string."""
    values = np.array(codes, np.int64)
    widths = _widths(values.size)
    ends = np.cumsum(widths)
    positions = ends - widths
    total = (int(ends[-1]) + 7) // 8
    # A code falls into at most two 16-bit words. Codes never overlap, so adding them is or-ing them.
    spread = values << 32 - (positions & 15) - widths
    words = np.zeros(total // 2 + 2)
    words += np.bincount(positions >> 4, spread >> 16, words.size)
    words += np.bincount((positions >> 4) + 1, spread & 0xFFFF, words.size)
    return words.astype(">u2").tobytes()[:total]


def _unpack(data: bytes, count: int) -> list[int]:
    """Undo _pack of `count` codes."""
    widths = _widths(count)
    ends = np.cumsum(widths)
    if len(data) != (int(ends[-1]) + 7) // 8:
        raise BitstreamError(f"{count} lzw codes take {(int(ends[-1]) + 7) // 8} bytes, got {len(data)}")
    padded = np.frombuffer(data + bytes(2), np.uint8).astype(np.int64)
    windows = padded[:-2] << 16 | padded[1:-1] << 8 | padded[2:]
    positions = ends - widths
    codes: list[int] = (windows[positions >> 3] >> 24 - (positions & 7) - widths & (1 << widths) - 1).tolist()
    return codes
