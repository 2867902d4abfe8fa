"""Canonical Huffman codes (Huffman 1952): from counts to code lengths, from lengths to codes.

Huffman's code is the best that gives every symbol a whole number of bits: with H the entropy of the symbols,
its mean length L is H <= L < H + 1. Both sides make the same codes of the same lengths: shorter codes first,
equal lengths in the order of the symbols.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from narrowcast.codec.errors import BitstreamError

MAX_LENGTH = 12
"""Longer codes gain next to nothing, and 2^12 entries of a decoder's table stay in the cache."""


@dataclass(frozen=True, kw_only=True)
class PrefixCode:
    """A complete canonical code."""

    lengths: NDArray[np.uint8]
    "[S]: bits of each symbol's code, 0 where it has none"
    codes: NDArray[np.uint32]
    "[S]: the code, in its low bits"

    @cached_property
    def symbol_of(self) -> NDArray[np.int64]:
        """The symbol that each window of MAX_LENGTH bits begins with, [2^MAX_LENGTH]."""
        return np.repeat(_order(self.lengths), self._repeats)

    @cached_property
    def bits_of(self) -> NDArray[np.int64]:
        """The length of that symbol's code, [2^MAX_LENGTH]."""
        return np.repeat(self.lengths[_order(self.lengths)].astype(np.int64), self._repeats)

    @property
    def _repeats(self) -> NDArray[np.int64]:
        return 1 << MAX_LENGTH - self.lengths[_order(self.lengths)].astype(np.int64)


def huffman_code(counts: NDArray[np.integer]) -> PrefixCode:
    """Make the code of symbols that occur so often, [S]; two at least get one, and no code is too long."""
    return canonical_code(code_lengths(counts))


def code_lengths(counts: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Build Huffman's tree of counts [S]; where it grows too deep, flatten the counts and build again."""
    weights: NDArray[np.int64] = np.array(counts, np.int64)
    weights[:2] += weights[:2] == 0  # a code needs two symbols to be complete
    while True:
        lengths = _tree_depths(weights)
        if lengths.max() <= MAX_LENGTH:
            return lengths
        weights = (weights + 1) // 2


def _tree_depths(counts: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Join the two rarest again and again; of equal ones that whose first symbol comes first."""
    depths = np.zeros(counts.size, np.uint8)
    heap = [(int(count), symbol, [symbol]) for symbol, count in enumerate(counts) if count]
    heapq.heapify(heap)
    while len(heap) > 1:
        count_a, order, symbols_a = heapq.heappop(heap)
        count_b, _, symbols_b = heapq.heappop(heap)
        merged = symbols_a + symbols_b
        depths[merged] += 1
        heapq.heappush(heap, (count_a + count_b, order, merged))
    return depths


def checked_lengths(lengths: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Refuse a code with gaps or overlaps: in a complete one every window of bits is some symbol."""
    used = lengths[lengths > 0].astype(np.int64)
    if used.size == 0 or used.max() > MAX_LENGTH or np.sum(1 << MAX_LENGTH - used) != 1 << MAX_LENGTH:
        raise BitstreamError("huffman code lengths do not make a complete prefix code")
    return lengths


def canonical_code(lengths: NDArray[np.uint8]) -> PrefixCode:
    """Number the codes of complete lengths [S]."""
    codes = np.zeros(lengths.size, np.uint32)
    windows = 0
    for symbol in _order(lengths):
        codes[symbol] = windows >> MAX_LENGTH - int(lengths[symbol])
        windows += 1 << MAX_LENGTH - int(lengths[symbol])
    return PrefixCode(lengths=lengths, codes=codes)


def _order(lengths: NDArray[np.uint8]) -> NDArray[np.intp]:
    order = np.argsort(lengths, kind="stable")
    return order[lengths[order] > 0]
