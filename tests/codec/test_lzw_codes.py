"""Tests of codec/lzw_codes.py: the dictionary, the packed codes, and what no encoder wrote."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowcast.codec.errors import BitstreamError
from narrowcast.codec.lzw_codes import LzwExpander, lzw_codes, pack_lzw, unpack_lzw

BYTES = st.one_of(
    st.binary(max_size=300), st.lists(st.sampled_from([0, 0, 0, 1, 7]), max_size=600).map(bytes)
)


def expanded(codes: list[int], *sizes: int) -> bytes:
    expander = LzwExpander(codes)
    made = b"".join(expander.read(size) for size in sizes)
    expander.finish()
    return made


@given(BYTES, st.integers(0, 600))
def test_any_bytes_survive_read_in_two_pieces(data: bytes, at: int) -> None:
    packed = pack_lzw(lzw_codes(data))
    first = min(at, len(data))
    assert expanded(unpack_lzw(packed), first, len(data) - first) == data


def test_the_textbooks_example() -> None:
    assert lzw_codes(b"abababa") == [ord("a"), ord("b"), 256, 258]


def test_a_full_dictionary_begins_anew() -> None:
    data = np.random.default_rng(0).integers(0, 256, 150_000).astype(np.uint8).tobytes()
    codes = lzw_codes(data)
    assert len(codes) > 1 << 16
    assert expanded(unpack_lzw(pack_lzw(codes)), len(data)) == data


def test_long_runs_take_few_codes() -> None:
    assert len(pack_lzw(lzw_codes(bytes(100_000)))) < 600


@pytest.mark.parametrize("codes", [[256], [0, 258], [5, 257], [65535]])
def test_a_code_that_no_dictionary_has_yet_is_refused(codes: list[int]) -> None:
    with pytest.raises(BitstreamError, match="the dictionary has"):
        LzwExpander(codes).read(4)


def test_too_few_and_too_many_codes_are_refused() -> None:
    codes = lzw_codes(b"digits and letters")
    with pytest.raises(BitstreamError, match="too few values"):
        LzwExpander(codes).read(100)
    with pytest.raises(BitstreamError, match="more values"):
        expanded(codes, 5)
    with pytest.raises(BitstreamError, match="more values"):
        expanded([97, 256], 2)  # the second code alone makes two bytes


def test_a_bomb_is_expanded_no_further_than_what_was_asked_for() -> None:
    bomb = [0, *range(256, 20_256)]  # each string is one byte longer than the last: 200 MB in all
    expander = LzwExpander(bomb)
    assert expander.read(1000) == bytes(1000)
    assert sum(map(len, expander._strings)) < 3000


def test_bytes_that_hold_no_whole_codes_are_refused() -> None:
    for packed in (b"a\0", pack_lzw(lzw_codes(b"abc"))[:-1] + b"\xff"):
        with pytest.raises(BitstreamError, match="lzw codes take"):
            unpack_lzw(packed)
    assert unpack_lzw(b"") == []
