"""LZW (variable code width, 8 to 16 bits) of a picture's prediction residual: lossless, kept for comparison.

The dictionary loop (codec/lzw_codes.py) runs in Python: 640x360 takes 0.1 to 0.2 s to encode and 0.05 to 0.2
s to decode on one core, so five to ten frames a second is what it can do.

Payload: width, height (uint16), the number of codes (uint32), the row modes [H] (uint8), the codes.
Little-endian numbers; bits most significant first.
"""

from __future__ import annotations

import struct

import numpy as np

from narrowcast.codec.api import Rgb
from narrowcast.codec.classic.row_predictor import Residual, add_prediction, subtract_prediction
from narrowcast.codec.errors import BitstreamError
from narrowcast.codec.lzw_codes import LzwExpander, lzw_codes, pack_lzw, unpack_lzw

_HEAD = struct.Struct("<HHI")


def lzw_encode(rgb: Rgb) -> bytes:
    """Code uint8 [H, W, 3] without loss."""
    height, width, _ = rgb.shape
    residual = subtract_prediction(rgb)
    codes = lzw_codes(residual.values.tobytes())
    return _HEAD.pack(width, height, len(codes)) + residual.modes.tobytes() + pack_lzw(codes)


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
    codes = unpack_lzw(payload[codes_at:])
    if len(codes) != count:
        raise BitstreamError(f"lzw payload of {len(codes)} codes, its header says {count}")
    expander = LzwExpander(codes)
    values = np.frombuffer(expander.read(3 * width * height), np.uint8).reshape(height, 3, width)
    expander.finish()
    return add_prediction(Residual(modes=modes, values=values))
