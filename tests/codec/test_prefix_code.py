"""Tests of codec/prefix_code.py: Huffman's lengths, their bound, canonical codes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from constriction import symbol
from hypothesis import given
from hypothesis import strategies as st

from narrowcast.codec.errors import BitstreamError
from narrowcast.codec.prefix_code import MAX_LENGTH, canonical_code, checked_lengths, huffman_code

COUNTS = st.lists(st.integers(0, 1000), min_size=2, max_size=60)


def mean_length(counts: np.ndarray, lengths: np.ndarray) -> float:
    return float((counts * lengths).sum() / counts.sum())


@given(COUNTS.filter(any))
def test_the_mean_length_is_within_a_bit_of_the_entropy(listed: list[int]) -> None:
    counts = np.array(listed)
    lengths = huffman_code(counts).lengths
    shares = counts[counts > 0] / counts.sum()
    entropy = -(shares * np.log2(shares)).sum()
    assert entropy - 1e-9 <= mean_length(counts, lengths)
    assert mean_length(counts, lengths) < entropy + 1 + 1e-9
    assert np.all(lengths[counts > 0] > 0)


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=40))
def test_constrictions_tree_is_no_shorter(listed: list[int]) -> None:
    counts = np.array(listed)
    tree = symbol.huffman.EncoderHuffmanTree(counts.astype(np.float64))
    theirs = []
    for value in range(len(counts)):
        coder = symbol.StackCoder()
        coder.encode_symbol(value, tree)
        theirs.append(coder.get_compressed_and_bitrate()[1])
    lengths = huffman_code(counts).lengths
    assert mean_length(counts, lengths) == pytest.approx(mean_length(counts, np.array(theirs)))


@given(COUNTS)
def test_no_code_begins_another_and_every_window_has_a_symbol(listed: list[int]) -> None:
    code = huffman_code(np.array(listed))
    words = [f"{word:0{length}b}" for word, length in zip(code.codes, code.lengths, strict=True) if length]
    assert not any(b.startswith(a) for a, b in itertools.permutations(words, 2))
    assert code.symbol_of.size == code.bits_of.size == 1 << MAX_LENGTH
    for window in (0, 1234, (1 << MAX_LENGTH) - 1):
        found, bits = code.symbol_of[window], code.bits_of[window]
        assert window >> MAX_LENGTH - bits == code.codes[found]


def test_counts_that_would_need_long_codes_are_flattened() -> None:
    fibonacci = [1, 1]
    while len(fibonacci) < 30:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    lengths = huffman_code(np.array(fibonacci)).lengths
    assert lengths.max() <= MAX_LENGTH
    assert np.array_equal(checked_lengths(lengths), lengths)


def test_codes_are_numbered_by_length_then_symbol() -> None:
    code = canonical_code(np.array([2, 0, 1, 2], np.uint8))
    assert code.codes.tolist() == [0b10, 0, 0b0, 0b11]


@pytest.mark.parametrize("lengths", [[0, 0], [1, 2], [1, 1, 1], [MAX_LENGTH + 1] * 2])
def test_lengths_that_make_no_complete_code_are_refused(lengths: list[int]) -> None:
    with pytest.raises(BitstreamError, match="complete prefix code"):
        checked_lengths(np.array(lengths, np.uint8))
