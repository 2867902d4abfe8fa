"""Tests of codec/latent/symbol_coders.py: residuals survive every coder; what none wrote is refused."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowcast.codec.errors import BitstreamError
from narrowcast.codec.latent.config import SCALE_ROWS
from narrowcast.codec.latent.entropy import RESIDUAL_LIMIT, SIGMA_MAX, EntropyTables, gaussian_tables
from narrowcast.codec.latent.symbol_coders import symbol_reader, symbol_writer
from narrowcast.codec.names import Entropy

TABLES = EntropyTables(gaussian_tables())
CODERS = get_args(Entropy)
OTHERS = CODERS[1:]


def coded(entropy: Entropy, passes: list[tuple[np.ndarray, np.ndarray]]) -> bytes:
    writer = symbol_writer(entropy, TABLES)
    for values, rows in passes:
        writer.write(values.astype(np.int32), rows.astype(np.uint8))
    return writer.finish()


def drawn(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, SCALE_ROWS, count)
    sigma = 0.11 * (SIGMA_MAX / 0.11) ** (rows / (SCALE_ROWS - 1))
    return np.rint(rng.normal(0, sigma)), rows


@pytest.mark.parametrize("entropy", CODERS)
@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.integers(-3, 3), st.integers(-RESIDUAL_LIMIT, RESIDUAL_LIMIT)),
            st.integers(0, SCALE_ROWS - 1),
        ),
        max_size=60,
    ),
    st.integers(0, 60),
)
def test_any_residuals_survive_in_two_passes(entropy: Entropy, pairs: list[tuple[int, int]], at: int) -> None:
    values, rows = np.array(pairs, np.int64).reshape(-1, 2).T
    passes = [(values[:at], rows[:at]), (values[at:], rows[at:])]
    reader = symbol_reader(entropy, TABLES, coded(entropy, passes), len(values))
    for wanted, row in passes:
        assert np.array_equal(reader.read(row.astype(np.uint8)), wanted)
    reader.finish()


def test_huffman_pays_at_most_a_bit_a_symbol_and_needs_one_at_least() -> None:
    values, rows = drawn(0, 20_000)
    bits = {entropy: 8 * len(coded(entropy, [(values, rows)])) / len(values) for entropy in CODERS}
    assert bits["range"] < bits["huffman"] < bits["range"] + 1
    still = coded("huffman", [(np.zeros(8000), np.zeros(8000))])
    assert len(still) == 1000 and len(coded("range", [(np.zeros(8000), np.zeros(8000))])) <= 4


def test_lzw_knows_repetitions_and_not_the_tables() -> None:
    values, rows = drawn(1, 5000)
    again = coded("lzw", [(values, rows)])
    assert coded("lzw", [(values, np.zeros_like(rows))]) == again
    assert len(coded("lzw", [(np.zeros(80_000), np.zeros(80_000))])) < 600


@pytest.mark.parametrize("entropy", OTHERS)
def test_what_is_cut_off_or_goes_on_is_refused(entropy: Entropy) -> None:
    values, rows = drawn(2, 300)
    data = coded(entropy, [(values, rows)])
    for damaged in (data[:-2], data + b"\0", data + b"more of it"):
        with pytest.raises(BitstreamError):
            reader = symbol_reader(entropy, TABLES, damaged, 300)
            reader.read(rows.astype(np.uint8))
            reader.finish()


def test_bits_behind_the_last_symbol_have_to_be_zero() -> None:
    data = coded("huffman", [(np.zeros(3), np.zeros(3))])
    assert len(data) == 1
    reader = symbol_reader("huffman", TABLES, bytes([data[0] | 1]), 3)
    reader.read(np.zeros(3, np.uint8))
    with pytest.raises(BitstreamError, match="do not end where the bytes do"):
        reader.finish()


def test_an_escape_that_needs_none_is_refused() -> None:
    folded = bytes([255, 4, 0])  # escaped, and yet small
    from narrowcast.codec.lzw_codes import lzw_codes, pack_lzw

    with pytest.raises(BitstreamError, match="none that needs it"):
        symbol_reader("lzw", TABLES, pack_lzw(lzw_codes(folded)), 1).read(np.zeros(1, np.uint8))


@pytest.mark.parametrize("entropy", OTHERS)
def test_more_bytes_than_the_symbols_can_take_are_refused_unread(entropy: Entropy) -> None:
    with pytest.raises(BitstreamError, match=f"601 bytes of {entropy} for 100 symbols"):
        symbol_reader(entropy, TABLES, bytes(601), 100)


@pytest.mark.parametrize("entropy", CODERS)
def test_random_bytes_decode_to_something_or_raise(entropy: Entropy) -> None:
    rng = np.random.default_rng(3)
    refused = 0
    for _ in range(300):
        data = rng.bytes(int(rng.integers(0, 80)))
        try:
            reader = symbol_reader(entropy, TABLES, data, 50)
            values = reader.read(rng.integers(0, SCALE_ROWS, 50).astype(np.uint8))
            reader.finish()
        except BitstreamError:
            refused += 1
        else:
            assert np.abs(values).max() <= RESIDUAL_LIMIT
    assert refused > 100
