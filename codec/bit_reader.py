"""Bits and numbers of headers that come from outside, read with their ends checked."""

from __future__ import annotations

from narrowcast.codec.errors import BitstreamError

_MAX_EXP_GOLOMB_ZEROS = 32
_MAX_LEB128_BYTES = 8
"AV1's own limit."


class BitReader:
    """Reads bits from the most significant one on; past the end it raises BitstreamError."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def bits(self, count: int) -> int:
        """Read an unsigned number of `count` bits."""
        if count > self._left:
            raise BitstreamError(f"a header ends {count - self._left} bits too early")
        self._left -= count
        return self._value >> self._left & (1 << count) - 1

    def flag(self) -> bool:
        """Read one bit."""
        return self.bits(1) == 1

    def unsigned(self) -> int:
        """Read an Exp-Golomb code, ue(v) of H.264."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > _MAX_EXP_GOLOMB_ZEROS:
                raise BitstreamError("a header holds a number of more than 32 bits")
        return (1 << zeros) - 1 + self.bits(zeros)


def leb128(data: bytes, at: int) -> tuple[int, int]:
    """Read a number of seven bits a byte, the lowest first; return it and the place behind it."""
    value = 0
    for index, byte in enumerate(data[at : at + _MAX_LEB128_BYTES]):
        value |= (byte & 127) << 7 * index
        if not byte & 128:
            return value, at + index + 1
    raise BitstreamError(f"the number at byte {at} does not end")
