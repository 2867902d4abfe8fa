"""Tests of codec/classic/huffman.py: exact, small where it can be, and closed to hostile payloads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codec.classic.huffman import huffman_decode, huffman_encode
from codec.errors import BitstreamError
from tests.codec.picture_samples import camera_like, flat, mutations, noise


@pytest.mark.parametrize(
    "picture", [camera_like(320, 180), camera_like(161, 99), noise(65, 64), flat(64, 64)]
)
def test_round_trip_is_exact(picture: np.ndarray) -> None:
    height, width, _ = picture.shape
    assert np.array_equal(huffman_decode(huffman_encode(picture), width=width, height=height), picture)


@settings(max_examples=40, deadline=None)
@given(st.integers(64, 90), st.integers(64, 90), st.integers(0, 2**32 - 1), st.integers(1, 256))
def test_round_trip_of_any_size_and_contrast(width: int, height: int, seed: int, levels: int) -> None:
    picture = (noise(width, height, seed).astype(int) % levels).astype(np.uint8)
    assert np.array_equal(huffman_decode(huffman_encode(picture), width=width, height=height), picture)


def test_counts_that_would_make_long_codes_still_fit_the_table() -> None:
    picture = flat(256, 256, 0)
    pixels = picture.reshape(-1, 3)
    start = 1
    for value in range(1, 18):  # Fibonacci-like counts make the deepest tree
        pixels[start : start + 2 ** (18 - value) // 8] = value
        start += 2 ** (18 - value) // 8
    assert np.array_equal(huffman_decode(huffman_encode(picture), width=256, height=256), picture)


def test_saves_what_can_be_foreseen() -> None:
    assert len(huffman_encode(flat(320, 180))) < 320 * 180 * 3 / 7
    assert len(huffman_encode(camera_like(320, 180))) < 320 * 180 * 3 * 0.6
    assert len(huffman_encode(noise(320, 180))) < 320 * 180 * 3 * 1.02


def test_hostile_payloads_raise_only_bitstream_errors() -> None:
    payload = huffman_encode(camera_like(80, 64))
    refused = 0
    for hostile in mutations(payload, 150):
        try:
            assert huffman_decode(hostile, width=80, height=64).shape == (64, 80, 3)
        except BitstreamError:
            refused += 1
    assert refused > 150


def test_an_incomplete_code_is_refused() -> None:
    payload = bytearray(huffman_encode(camera_like(80, 64)))
    payload[4 + 64 : 4 + 64 + 128] = bytes(128)
    with pytest.raises(BitstreamError, match="complete prefix code"):
        huffman_decode(bytes(payload), width=80, height=64)
