"""Entropy coding: integer tables of Gaussians and a range coder, grouped by table row.

Symbols of one pass are sorted by table row and each row's group is coded with one i.i.d. table, so
the range coder (constriction; Bamler 2022) is called at most 64 times a pass.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from narrowcast.codec.errors import BitstreamError
from narrowcast.codec.latent.config import SCALE_ROWS
from narrowcast.codec.prefix_code import PrefixCode, huffman_code

SIGMA_MIN = 0.11
SIGMA_MAX = 64.0
SIGMA_STEP = math.log(SIGMA_MAX / SIGMA_MIN) / (SCALE_ROWS - 1)
"""Neighbouring rows differ by this much in log sigma."""

TABLE_BITS = 20
"""Every row's counts sum to 2^20: exact in float64, and a certain zero costs 4e-6 bits."""

TAIL = 5.0
"""A row's table reaches to 5 sigma; what lies beyond is escaped."""

ESCAPE_BITS = 16
"""An escaped magnitude has at most this many bits."""

RESIDUAL_LIMIT = (1 << 15) - 1
"""No residual is larger; the encoder clamps, the decoder refuses."""

Symbols = NDArray[np.int32]
RowIndex = NDArray[np.uint8]


def _stream() -> Any:
    """Return the range coder's module; training needs the tables alone, on machines that lack it."""
    from constriction import stream

    return stream


def gaussian_counts(sigma: float) -> NDArray[np.int32]:
    """Return integer counts of the symbols -M..M and the escape, summing to 2^TABLE_BITS."""
    # Less a hair: whether exp() gives 64 or a bit more than 64 must not change a table's length.
    reach = max(1, math.ceil(TAIL * sigma - 1e-6))
    edges = (np.arange(-reach, reach + 2) - 0.5) / (sigma * math.sqrt(2))
    mass = np.diff([0.5 * math.erfc(-edge) for edge in edges])
    wanted = np.append(mass, max(1.0 - mass.sum(), 0.0))
    total = 1 << TABLE_BITS
    counts = 1 + np.floor(wanted * (total - len(wanted))).astype(np.int32)
    counts[reach] += total - counts.sum()
    return np.asarray(counts, dtype=np.int32)


def gaussian_tables() -> NDArray[np.int32]:
    """Return all rows' counts one after the other: what a checkpoint ships."""
    sigmas = SIGMA_MIN * np.exp(SIGMA_STEP * np.arange(SCALE_ROWS))
    return np.concatenate([gaussian_counts(float(sigma)) for sigma in sigmas])


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    probability: NDArray[np.float64]
    "of the symbols r + reach, and the escape"
    reach: int
    "largest magnitude that is not escaped"
    bits: NDArray[np.float64]
    "cost of each symbol"

    @cached_property
    def model(self) -> Any:
        """What the range coder codes the row's symbols with."""
        return _stream().model.Categorical(self.probability, perfect=False)

    @cached_property
    def prefix_code(self) -> PrefixCode:
        """The Huffman code of the row's counts."""
        return huffman_code(np.rint(self.probability * (1 << TABLE_BITS)).astype(np.int64))

    @cached_property
    def huffman_table(self) -> list[int]:
        """For each window of bits: its first symbol times 16, plus the bits of that symbol's code."""
        table: list[int] = (self.prefix_code.symbol_of << 4 | self.prefix_code.bits_of).tolist()
        return table


class EntropyTables:
    """The 64 rows, made from a checkpoint's integer counts."""

    def __init__(self, counts: NDArray[np.int32]) -> None:
        self.rows: list[Row] = []
        total = 1 << TABLE_BITS
        start = 0
        for end in np.flatnonzero(np.cumsum(counts.astype(np.int64)) % total == 0) + 1:
            probability = counts[start:end].astype(np.float64) / total
            self.rows.append(Row(probability, int(end - start) // 2 - 1, -np.log2(probability)))
            start = int(end)
        if len(self.rows) != SCALE_ROWS or start != len(counts):
            raise BitstreamError(f"entropy tables hold {len(self.rows)} rows, {SCALE_ROWS} are needed")

    def cost_of_one(self) -> NDArray[np.float64]:
        """Return how many bits more a residual of 1 costs than 0, by row [64]."""
        return np.array([row.bits[row.reach + 1] - row.bits[row.reach] for row in self.rows])


class SymbolWriter:
    """Codes residuals pass by pass."""

    def __init__(self, tables: EntropyTables) -> None:
        self._tables = tables
        self._encoder = _stream().queue.RangeEncoder()

    def write(self, residual: Symbols, row: RowIndex) -> None:
        """Append residuals [N], each with its table row [N]."""
        order = np.argsort(row, kind="stable")
        ordered = residual[order]
        for index, group in grouped_by_row(row, ordered):
            self._write_group(self._tables.rows[index], group)

    def _write_group(self, row: Row, group: Symbols) -> None:
        inside = np.abs(group) <= row.reach
        symbols = np.where(inside, group + row.reach, 2 * row.reach + 1).astype(np.int32)
        self._encoder.encode(symbols, row.model)
        if not inside.all():
            for value in group[~inside]:
                self._write_escape(int(value), row.reach)

    def _write_escape(self, value: int, reach: int) -> None:
        """Sign, then the bit length of what exceeds the reach, then its bits."""
        excess = abs(int(value)) - int(reach)
        length = excess.bit_length()
        for symbol, size in ((int(value < 0), 2), (length - 1, ESCAPE_BITS)):
            self._encoder.encode(symbol, _stream().model.Uniform(size))
        if length > 1:
            low = excess - (1 << (length - 1))
            self._encoder.encode(low, _stream().model.Uniform(1 << (length - 1)))

    def finish(self) -> bytes:
        """Return the coded bytes; trailing zeros are implied."""
        words = self._encoder.get_compressed()
        return bytes(words.astype("<u4").tobytes().rstrip(b"\0"))


class SymbolReader:
    """Decodes what a SymbolWriter wrote; any bytes decode to something or raise BitstreamError."""

    def __init__(self, tables: EntropyTables, data: bytes) -> None:
        self._tables = tables
        padded = data + bytes(-len(data) % 4)
        self._decoder = _stream().queue.RangeDecoder(np.frombuffer(padded, "<u4").astype(np.uint32))

    def read(self, row: RowIndex) -> Symbols:
        """Return one residual for each table row [N]."""
        order = np.argsort(row, kind="stable")
        ordered = np.empty(len(row), np.int32)
        try:
            for index, group in grouped_by_row(row, ordered):
                group[:] = self._read_group(self._tables.rows[index], len(group))
        except (AssertionError, ValueError) as error:
            raise BitstreamError(f"range coder: {error}") from error
        residual = np.empty_like(ordered)
        residual[order] = ordered
        return residual

    def _read_group(self, row: Row, count: int) -> Symbols:
        symbols = self._decoder.decode(row.model, count)
        values = np.asarray(symbols - row.reach, dtype=np.int32)
        for index in np.flatnonzero(symbols == 2 * row.reach + 1):
            values[index] = self._read_escape(row.reach)
        return values

    def _read_escape(self, reach: int) -> int:
        negative = self._decoder.decode(_stream().model.Uniform(2))
        length = self._decoder.decode(_stream().model.Uniform(ESCAPE_BITS)) + 1
        excess = 1 << (length - 1)
        if length > 1:
            excess += self._decoder.decode(_stream().model.Uniform(1 << (length - 1)))
        value = int(excess) + reach
        if value > RESIDUAL_LIMIT:
            raise BitstreamError(f"escaped residual {value} exceeds {RESIDUAL_LIMIT}")
        return -value if negative else value

    def finish(self) -> None:
        """Raise BitstreamError where bytes are left that no frame of this size could need."""
        if not self._decoder.maybe_exhausted():
            raise BitstreamError("bytes are left after the last symbol")


def grouped_by_row(row: RowIndex, ordered: Symbols) -> Iterator[tuple[int, Symbols]]:
    """Yield (row, the slice of `ordered` that belongs to it), rows rising."""
    start = 0
    for index, count in enumerate(np.bincount(row, minlength=SCALE_ROWS)):
        if count:
            yield index, ordered[start : start + count]
            start += count
