"""Tests of codec/bit_string.py: codes packed one behind the other, or where they are told to lie."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from narrowcast.codec.bit_string import MAX_CODE_BITS, bit_windows, pack_bits

CODES = st.lists(
    st.integers(0, MAX_CODE_BITS).flatmap(
        lambda width: st.tuples(st.integers(0, (1 << width) - 1), st.just(width))
    ),
    max_size=50,
)


@given(CODES)
def test_codes_lie_one_behind_the_other(pairs: list[tuple[int, int]]) -> None:
    bits = "".join(f"{code:0{width}b}" if width else "" for code, width in pairs)
    padded = bits + "0" * (-len(bits) % 8)
    wanted = bytes(int(padded[at : at + 8], 2) for at in range(0, len(padded), 8))
    codes, widths = np.array(pairs, np.int64).reshape(-1, 2).T
    assert pack_bits(codes, widths) == wanted


def test_codes_lie_where_they_are_told_to() -> None:
    codes, widths, places = np.array([3, 1]), np.array([2, 1]), np.array([16, 7])
    assert pack_bits(codes, widths, places, total_bytes=4) == bytes([0b1, 0, 0b11000000, 0])


def test_a_window_holds_the_bits_from_its_byte_on() -> None:
    windows = bit_windows(b"\x01\x02\x03", padding=1)
    assert windows.tolist() == [0x010203, 0x020300, 0x030000, 0]
