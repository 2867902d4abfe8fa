"""Tests of codec/classic/lzw.py: exact through full dictionaries, and closed to hostile payloads."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codec.classic.lzw import lzw_decode, lzw_encode
from codec.errors import BitstreamError
from tests.codec.picture_samples import camera_like, flat, mutations, noise


@pytest.mark.parametrize(
    "picture", [camera_like(320, 180), camera_like(161, 99), noise(65, 64), flat(64, 64)]
)
def test_round_trip_is_exact(picture: np.ndarray) -> None:
    height, width, _ = picture.shape
    assert np.array_equal(lzw_decode(lzw_encode(picture), width=width, height=height), picture)


def test_round_trip_across_full_dictionaries() -> None:
    picture = noise(320, 240)  # about 150,000 codes: more than two dictionaries
    assert np.array_equal(lzw_decode(lzw_encode(picture), width=320, height=240), picture)


@settings(max_examples=40, deadline=None)
@given(st.integers(64, 90), st.integers(64, 90), st.integers(0, 2**32 - 1), st.integers(1, 256))
def test_round_trip_of_any_size_and_contrast(width: int, height: int, seed: int, levels: int) -> None:
    picture = (noise(width, height, seed).astype(int) % levels).astype(np.uint8)
    assert np.array_equal(lzw_decode(lzw_encode(picture), width=width, height=height), picture)


def test_saves_what_repeats() -> None:
    assert len(lzw_encode(flat(320, 180))) < 2000


def test_hostile_payloads_raise_only_bitstream_errors() -> None:
    payload = lzw_encode(camera_like(80, 64))
    refused = 0
    for hostile in mutations(payload, 150):
        try:
            assert lzw_decode(hostile, width=80, height=64).shape == (64, 80, 3)
        except BitstreamError:
            refused += 1
    assert refused > 150


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
