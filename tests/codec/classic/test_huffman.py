"""Tests of codec/classic/huffman.py: its code lengths and sizes; what LZW shares is in test_lossless.py."""

from __future__ import annotations

import numpy as np
import pytest

from narrowcast.codec.classic.huffman import huffman_decode, huffman_encode
from narrowcast.codec.errors import BitstreamError
from tests.codec.picture_samples import camera_like, flat, noise


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


def test_an_incomplete_code_is_refused() -> None:
    payload = bytearray(huffman_encode(camera_like(80, 64)))
    payload[4 + 64 : 4 + 64 + 128] = bytes(128)
    with pytest.raises(BitstreamError, match="complete prefix code"):
        huffman_decode(bytes(payload), width=80, height=64)
