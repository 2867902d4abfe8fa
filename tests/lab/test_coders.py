"""Tests of lab/coders.py: entropies, and coders that give back any symbols."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowcast.lab.coders import (
    byte_coders,
    conditional_entropy_bits,
    entropy_bits,
    huffman_bytes,
    huffman_symbols,
    measured,
    static_coders,
)


def test_entropy_is_what_it_is_known_to_be() -> None:
    assert entropy_bits(np.array([0, 1, 2, 3])) == pytest.approx(8)
    assert entropy_bits(np.zeros(9, int)) == 0
    mixed = np.array([0, 0, 0, 1])
    assert entropy_bits(mixed) == pytest.approx(4 * 0.8112781)


def test_a_context_that_tells_all_leaves_nothing() -> None:
    symbols = np.array([0, 1, 0, 1, 1])
    assert conditional_entropy_bits(symbols, symbols) == 0
    assert conditional_entropy_bits(symbols, np.zeros(5, int)) == pytest.approx(entropy_bits(symbols))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-40, 40), min_size=1, max_size=200))
def test_any_symbols_survive_every_coder(listed: list[int]) -> None:
    symbols = np.array(listed)
    for result in (*static_coders(symbols), *byte_coders((symbols + 40).astype(np.uint8))):
        assert result.bits >= 0


def test_static_coders_come_near_the_entropy() -> None:
    symbols = np.random.default_rng(0).geometric(0.6, 20_000)
    huffman, ranged = static_coders(symbols)
    limit = entropy_bits(symbols)
    assert limit <= ranged.bits < 1.001 * limit + 64 <= huffman.bits < limit + 20_000
    assert huffman.encode_s is not None and huffman.encode_s > 0


def test_huffman_is_read_back() -> None:
    shares, symbols = np.array([0.5, 0.3, 0.2]), np.array([0, 2, 1, 0, 0])
    assert huffman_symbols(huffman_bytes(symbols, shares), shares, 5).tolist() == symbols.tolist()


def test_a_coder_that_loses_something_is_a_fault() -> None:
    with pytest.raises(AssertionError, match="did not give back"):
        measured("bad", lambda: b"1", lambda data: np.array([2]), np.array([1]))
