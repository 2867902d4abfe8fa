"""What Huffman and LZW have in common: exact at every size, and closed to hostile payloads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowcast.codec.api import Rgb
from narrowcast.codec.classic.huffman import huffman_decode, huffman_encode
from narrowcast.codec.classic.lzw import lzw_decode, lzw_encode
from narrowcast.codec.errors import BitstreamError
from tests.codec.picture_samples import camera_like, flat, mutations, noise


@dataclass(frozen=True)
class Lossless:
    """A pair of functions, each the inverse of the other."""

    encode: Callable[[Rgb], bytes]
    decode: Callable[..., Rgb]

    def keeps(self, picture: Rgb) -> bool:
        height, width, _ = picture.shape
        return np.array_equal(self.decode(self.encode(picture), width=width, height=height), picture)


either = pytest.mark.parametrize(
    "coder",
    [Lossless(huffman_encode, huffman_decode), Lossless(lzw_encode, lzw_decode)],
    ids=["huffman", "lzw"],
)


@either
@pytest.mark.parametrize(
    "picture", [camera_like(320, 180), camera_like(161, 99), noise(65, 64), flat(64, 64)]
)
def test_round_trip_is_exact(coder: Lossless, picture: Rgb) -> None:
    assert coder.keeps(picture)


@either
@settings(max_examples=40, deadline=None)
@given(
    width=st.integers(64, 90),
    height=st.integers(64, 90),
    seed=st.integers(0, 2**32 - 1),
    levels=st.integers(1, 256),
)
def test_round_trip_of_any_size_and_contrast(
    coder: Lossless, width: int, height: int, seed: int, levels: int
) -> None:
    assert coder.keeps((noise(width, height, seed).astype(int) % levels).astype(np.uint8))


@either
def test_hostile_payloads_raise_only_bitstream_errors(coder: Lossless) -> None:
    refused = 0
    for hostile in mutations(coder.encode(camera_like(80, 64)), 150):
        try:
            assert coder.decode(hostile, width=80, height=64).shape == (64, 80, 3)
        except BitstreamError:
            refused += 1
    assert refused > 150
