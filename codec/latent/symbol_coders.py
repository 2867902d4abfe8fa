"""The entropy coders that a latent stream may be coded with, by name: range, Huffman or LZW.

The range coder is what the codec is made for (entropy.py). The other two write the same symbols in the same
order, so that a stream shows what they cost; docs/bitstream.md describes the bytes of all three.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from narrowcast.codec.bit_string import WINDOW_BITS, bit_windows, pack_bits
from narrowcast.codec.errors import BitstreamError
from narrowcast.codec.latent.entropy import (
    ESCAPE_BITS,
    RESIDUAL_LIMIT,
    EntropyTables,
    Row,
    RowIndex,
    SymbolReader,
    Symbols,
    SymbolWriter,
    grouped_by_row,
)
from narrowcast.codec.lzw_codes import LzwExpander, lzw_codes, pack_lzw, unpack_lzw
from narrowcast.codec.names import Entropy
from narrowcast.codec.prefix_code import MAX_LENGTH

_LENGTH_BITS = 4
"of the length of an escaped magnitude: 1 to 16, less 1"
_MAX_SYMBOL_BYTES = {"huffman": 4, "lzw": 6}
"""No coder needs more for a symbol: Huffman 12 bits and an escape of 20; LZW three bytes of two each."""

_ESCAPED = 255
"what LZW's byte of a residual is where the residual needs two bytes of its own"


class SymbolSink(Protocol):
    """Takes residuals pass by pass, and is coded bytes at the end."""

    def write(self, residual: Symbols, row: RowIndex) -> None:
        """Append residuals [N], each with its table row [N]."""
        ...

    def finish(self) -> bytes:
        """Return the coded bytes."""
        ...


class SymbolSource(Protocol):
    """Gives back what a SymbolSink was given; any bytes give something or raise BitstreamError."""

    def read(self, row: RowIndex) -> Symbols:
        """Return one residual for each table row [N]."""
        ...

    def finish(self) -> None:
        """Raise BitstreamError where bytes are left."""
        ...


def symbol_writer(entropy: Entropy, tables: EntropyTables) -> SymbolSink:
    """Make the writer of one frame."""
    if entropy == "huffman":
        return HuffmanWriter(tables)
    return LzwWriter() if entropy == "lzw" else SymbolWriter(tables)


def symbol_reader(entropy: Entropy, tables: EntropyTables, data: bytes, symbols: int) -> SymbolSource:
    """Make the reader of a frame of so many symbols; BitstreamError for bytes that can hold no such frame."""
    if entropy == "range":
        return SymbolReader(tables, data)
    if len(data) > (most := _MAX_SYMBOL_BYTES[entropy] * symbols):
        raise BitstreamError(f"{len(data)} bytes of {entropy} for {symbols} symbols; {most} are the most")
    return HuffmanReader(tables, data) if entropy == "huffman" else LzwReader(data)


class HuffmanWriter:
    """One canonical Huffman code a table row, made from the row's counts: at least one bit a symbol."""

    def __init__(self, tables: EntropyTables) -> None:
        self._tables = tables
        self._codes: list[NDArray[np.int64]] = []
        self._widths: list[NDArray[np.int64]] = []

    def write(self, residual: Symbols, row: RowIndex) -> None:
        """Append residuals [N], each with its table row [N]."""
        ordered = residual[np.argsort(row, kind="stable")]
        for index, group in grouped_by_row(row, ordered):
            self._write_group(self._tables.rows[index], group)

    def _write_group(self, row: Row, group: Symbols) -> None:
        inside = np.abs(group) <= row.reach
        symbols = np.where(inside, group + row.reach, 2 * row.reach + 1)
        self._append(row.prefix_code.codes[symbols], row.prefix_code.lengths[symbols])
        if not inside.all():
            self._write_escapes(group[~inside].astype(np.int64), row.reach)

    def _write_escapes(self, values: NDArray[np.int64], reach: int) -> None:
        """Of each: the sign, then the bit length of what exceeds the reach, then its lower bits."""
        excess = np.abs(values) - reach
        length = np.frexp(excess.astype(np.float64))[1].astype(np.int64)
        ones = np.ones_like(length)
        codes = np.stack([values < 0, length - 1, excess - (1 << length - 1)], axis=1)
        self._append(codes.ravel(), np.stack([ones, _LENGTH_BITS * ones, length - 1], axis=1).ravel())

    def _append(self, codes: NDArray[np.integer], widths: NDArray[np.integer]) -> None:
        self._codes.append(codes.astype(np.int64))
        self._widths.append(widths.astype(np.int64))

    def finish(self) -> bytes:
        """Return the bit string, filled up with zero bits to a byte."""
        if not self._codes:
            return b""
        return pack_bits(np.concatenate(self._codes), np.concatenate(self._widths))


class HuffmanReader:
    """Decodes what a HuffmanWriter wrote, one symbol after the other."""

    def __init__(self, tables: EntropyTables, data: bytes) -> None:
        self._tables, self._data = tables, data
        self._windows: list[int] = bit_windows(data).tolist()
        self._at = 0  # in bits

    def read(self, row: RowIndex) -> Symbols:
        """Return one residual for each table row [N]."""
        order = np.argsort(row, kind="stable")
        ordered = np.empty(len(row), np.int32)
        try:
            for index, group in grouped_by_row(row, ordered):
                self._read_group(self._tables.rows[index], group)
        except IndexError as error:
            raise BitstreamError(f"{len(self._data)} bytes of huffman end too early") from error
        residual = np.empty_like(ordered)
        residual[order] = ordered
        return residual

    def _read_group(self, row: Row, group: Symbols) -> None:
        windows, table, at = self._windows, row.huffman_table, self._at
        for index in range(len(group)):
            entry = table[windows[at >> 3] >> WINDOW_BITS - MAX_LENGTH - (at & 7) & (1 << MAX_LENGTH) - 1]
            group[index] = entry >> 4
            at += entry & 15
        self._at = at
        group -= row.reach
        for place in np.flatnonzero(group == row.reach + 1):
            group[place] = self._read_escape(row.reach)

    def _read_escape(self, reach: int) -> int:
        negative, length = self._bits(1), self._bits(_LENGTH_BITS) + 1
        value = (1 << length - 1) + self._bits(length - 1) + reach
        if value > RESIDUAL_LIMIT:
            raise BitstreamError(f"escaped residual {value} exceeds {RESIDUAL_LIMIT}")
        return -value if negative else value

    def _bits(self, count: int) -> int:
        """Read a number of up to ESCAPE_BITS bits."""
        assert count < ESCAPE_BITS
        if not count:
            return 0
        window = self._windows[self._at >> 3] >> WINDOW_BITS - count - (self._at & 7)
        self._at += count
        return window & (1 << count) - 1

    def finish(self) -> None:
        """Raise BitstreamError unless nothing but zero bits is left, less than a byte of them."""
        left = 8 * len(self._data) - self._at
        if not 0 <= left < 8 or (left and self._data[-1] & (1 << left) - 1):
            raise BitstreamError("huffman's bits do not end where the bytes do")


class LzwWriter:
    """A byte a residual, LZW over all of them: it knows nothing of the table rows."""

    def __init__(self) -> None:
        self._bytes: list[bytes] = []

    def write(self, residual: Symbols, row: RowIndex) -> None:
        """Append residuals [N] in their own order: 0, -1, 1, -2, ... are the bytes 0, 1, 2, 3, ..."""
        folded = 2 * np.abs(residual) - (residual < 0)
        self._bytes.append(np.minimum(folded, _ESCAPED).astype(np.uint8).tobytes())
        self._bytes.append(folded[folded >= _ESCAPED].astype("<u2").tobytes())

    def folded(self) -> bytes:
        """The bytes that the dictionary is made of."""
        return b"".join(self._bytes)

    def finish(self) -> bytes:
        """Return the packed codes."""
        return pack_lzw(lzw_codes(self.folded()))


class LzwReader:
    """Decodes what an LzwWriter wrote; what is expanded is bounded by the symbols asked for."""

    def __init__(self, data: bytes) -> None:
        self._expander = LzwExpander(unpack_lzw(data))

    def read(self, row: RowIndex) -> Symbols:
        """Return one residual for each table row [N]."""
        folded = np.frombuffer(self._expander.read(len(row)), np.uint8).astype(np.int32)
        escaped = folded == _ESCAPED
        large = np.frombuffer(self._expander.read(2 * int(escaped.sum())), "<u2")
        if large.size and not _ESCAPED <= large.min() <= large.max() <= 2 * RESIDUAL_LIMIT:
            raise BitstreamError(f"an escaped residual is none that needs it, or exceeds {RESIDUAL_LIMIT}")
        folded[escaped] = large
        return np.where(folded & 1, -(folded + 1 >> 1), folded >> 1).astype(np.int32)

    def finish(self) -> None:
        """Raise BitstreamError where codes are left."""
        self._expander.finish()
