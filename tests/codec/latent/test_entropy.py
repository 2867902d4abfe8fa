"""Tests of codec/latent/entropy.py: tables, range coder, escapes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowcast.codec.errors import BitstreamError
from narrowcast.codec.latent.config import SCALE_ROWS
from narrowcast.codec.latent.entropy import (
    RESIDUAL_LIMIT,
    SIGMA_MAX,
    TABLE_BITS,
    EntropyTables,
    SymbolReader,
    SymbolWriter,
    gaussian_counts,
    gaussian_tables,
)
from tests.codec.reference_decoder import RangeDecoder, read_residuals, split_tables

TABLES = EntropyTables(gaussian_tables())

ResidualsAndRows = tuple[list[tuple[int, int]], bytes]


def _round_trip(residual: list[int], row: list[int]) -> bytes:
    values, rows = np.array(residual, np.int32), np.array(row, np.uint8)
    writer = SymbolWriter(TABLES)
    writer.write(values, rows)
    data = writer.finish()
    reader = SymbolReader(TABLES, data)
    assert np.array_equal(reader.read(rows), values)
    reader.finish()
    return data


@pytest.mark.parametrize("sigma", [0.11, 0.5, 3.0, SIGMA_MAX])
def test_a_row_sums_to_its_total_and_is_symmetric(sigma: float) -> None:
    counts = gaussian_counts(sigma)
    symbols = counts[:-1]
    assert counts.sum() == 1 << TABLE_BITS and counts.min() >= 1
    assert len(symbols) % 2 == 1
    assert np.abs(symbols - symbols[::-1]).max() <= 1
    assert symbols.argmax() == len(symbols) // 2


def test_the_tables_have_64_rows_of_rising_width() -> None:
    reaches = [row.reach for row in TABLES.rows]
    assert len(reaches) == SCALE_ROWS and reaches == sorted(reaches)
    assert reaches[0] == 1 and reaches[-1] == 320


def test_broken_tables_are_refused() -> None:
    counts = gaussian_tables()
    for broken in (counts[:-1], counts[3:], np.append(counts, counts[:4])):
        with pytest.raises(BitstreamError, match="64 are needed"):
            EntropyTables(broken)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.integers(-3, 3), st.integers(-RESIDUAL_LIMIT, RESIDUAL_LIMIT)),
            st.integers(0, SCALE_ROWS - 1),
        ),
        max_size=60,
    )
)
def test_any_residuals_survive(pairs: list[tuple[int, int]]) -> None:
    _round_trip([value for value, _ in pairs], [row for _, row in pairs])


@pytest.mark.parametrize("extreme", [RESIDUAL_LIMIT, -RESIDUAL_LIMIT])
@pytest.mark.parametrize("row", [0, 31, 63])
def test_extremes_are_escaped(extreme: int, row: int) -> None:
    assert len(_round_trip([0, extreme, 0, extreme, 1], [row] * 5)) < 24


@pytest.mark.parametrize("row", [0, 20, 63])
def test_the_edge_of_the_table_and_its_neighbours_survive(row: int) -> None:
    reach = TABLES.rows[row].reach
    values = [sign * (reach + off) for sign in (1, -1) for off in (-1, 0, 1, 2, 3)]
    _round_trip(values, [row] * len(values))


def test_certain_zeros_cost_next_to_nothing() -> None:
    assert len(_round_trip([0] * 50_000, [0] * 50_000)) <= 4


def test_the_coded_size_is_near_the_entropy() -> None:
    rng = np.random.default_rng(0)
    row = rng.integers(0, SCALE_ROWS, 5000)
    sigma = 0.11 * (SIGMA_MAX / 0.11) ** (row / (SCALE_ROWS - 1))
    values = np.rint(rng.normal(0, sigma)).astype(int)
    ideal = sum(
        TABLES.rows[r].bits[min(max(v + TABLES.rows[r].reach, 0), 2 * TABLES.rows[r].reach)]
        for v, r in zip(values, row, strict=True)
    )
    data = _round_trip(values.tolist(), row.tolist())
    assert len(data) * 8 < 1.002 * ideal + 64


def test_trailing_zero_bytes_carry_nothing() -> None:
    rng = np.random.default_rng(1)
    for seed in range(300):
        values = np.random.default_rng(seed).integers(-2, 3, 7).astype(np.int32)
        row = rng.integers(0, SCALE_ROWS, 7).astype(np.uint8)
        writer = SymbolWriter(TABLES)
        writer.write(values, row)
        data = writer.finish()
        assert not data.endswith(b"\0")
        reader = SymbolReader(TABLES, data + b"\0")
        assert np.array_equal(reader.read(row), values)
        reader.finish()


def test_bytes_behind_the_last_symbol_are_refused() -> None:
    data = _round_trip([1, 2, 3], [9, 9, 9])
    reader = SymbolReader(TABLES, data + b"more than any flush writes")
    reader.read(np.array([9, 9, 9], np.uint8))
    with pytest.raises(BitstreamError, match="bytes are left"):
        reader.finish()


def test_random_bytes_decode_to_something_or_raise() -> None:
    rng = np.random.default_rng(2)
    refused = 0
    for _ in range(400):
        reader = SymbolReader(TABLES, rng.bytes(int(rng.integers(0, 60))))
        row = rng.integers(0, SCALE_ROWS, 50).astype(np.uint8)
        try:
            values = reader.read(row)
        except BitstreamError:
            refused += 1
        else:
            assert np.abs(values).max() <= RESIDUAL_LIMIT
    assert 0 < refused < 400


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 4, 64]), st.sampled_from([1, 30, 300]))
def test_the_documented_range_decoder_reads_the_same(seed: int, spread: int, scale: int) -> None:
    """A decoder written from docs/bitstream.md alone, in plain Python integers."""
    rng = np.random.default_rng(seed)
    row = rng.integers(0, spread, 80).astype(np.uint8)
    values = np.rint(rng.normal(0, scale, 80) * 1.1**row).clip(-RESIDUAL_LIMIT, RESIDUAL_LIMIT)
    writer = SymbolWriter(TABLES)
    writer.write(values.astype(np.int32), row)
    decoder = RangeDecoder(writer.finish())
    assert np.array_equal(read_residuals(decoder, split_tables(gaussian_tables()), row), values)
