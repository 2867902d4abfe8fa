"""Tests of codec/classic/lzw.py: dictionaries and codes; what Huffman shares is in test_lossless.py."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from narrowcast.codec.classic.lzw import lzw_decode, lzw_encode
from narrowcast.codec.errors import BitstreamError
from tests.codec.picture_samples import flat, noise


def test_round_trip_across_full_dictionaries() -> None:
    picture = noise(320, 240)  # about 150,000 codes: more than two dictionaries
    assert np.array_equal(lzw_decode(lzw_encode(picture), width=320, height=240), picture)


def test_saves_what_repeats() -> None:
    assert len(lzw_encode(flat(320, 180))) < 2000


def test_a_bomb_stops_at_the_size_of_the_picture() -> None:
    codes = [0, *range(256, 256 + 3000)]  # each string one longer than the last: 4.5 million values in 4 KB
    bits = "".join(format(code, f"0{(255 + place).bit_length()}b") for place, code in enumerate(codes))
    data = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    payload = struct.pack("<HHI", 80, 64, len(codes)) + bytes(64) + data
    with pytest.raises(BitstreamError, match="more values than the picture has"):
        lzw_decode(payload, width=80, height=64)


def test_a_code_from_the_future_is_refused() -> None:
    payload = bytearray(lzw_encode(flat(80, 64)))
    payload[8 + 64] = 0xFF
    payload[8 + 64 + 1 : 8 + 64 + 4] = b"\xff\xff\xff"
    with pytest.raises(BitstreamError, match="lzw code"):
        lzw_decode(bytes(payload), width=80, height=64)
