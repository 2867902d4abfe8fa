"""Tests of codec/bit_reader.py: numbers as AV1 and H.264 write them, and ends that come too early."""

from __future__ import annotations

import pytest

from narrowcast.codec.bit_reader import BitReader, leb128
from narrowcast.codec.errors import BitstreamError


def test_bits_are_read_from_the_front_and_never_past_the_end() -> None:
    read = BitReader(bytes([0b10100110, 0b01000000]))
    assert (read.flag(), read.bits(2)) == (True, 1)
    assert [read.unsigned() for _ in range(2)] == [5, 1]
    with pytest.raises(BitstreamError, match="too early"):
        read.bits(20)
    with pytest.raises(BitstreamError, match="32 bits"):
        BitReader(bytes(8)).unsigned()


@pytest.mark.parametrize("value", [0, 127, 128, 300, 2**32 - 1, 2**56 - 1])
def test_a_number_of_seven_bits_a_byte_is_read_with_its_end(value: int) -> None:
    groups = [value >> shift & 127 for shift in range(0, max(1, value.bit_length()), 7)]
    data = bytes([group | 128 for group in groups[:-1]] + groups[-1:])
    assert leb128(b"x" + data + b"y", 1) == (value, 1 + len(data))


def test_a_number_without_an_end_is_refused() -> None:
    for data in (b"", b"\x80\x80", b"\xff" * 9):
        with pytest.raises(BitstreamError, match="does not end"):
            leb128(data, 0)
