"""The learned prior of a digit's symbols: integer tables along a tree, which every machine reads alike.

One table a symbol is the static prior. The tree (Chow & Liu 1968) gives each symbol one earlier symbol as its
context: of all trees it leaves the fewest bits, being the maximum spanning tree of mutual information.
Tables are counts of the training set, so sender and receiver agree bit for bit, as in the product's prior.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from constriction import stream
from numpy.typing import NDArray
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

Indices = NDArray[np.int64]
"[N, S]: the symbols of N digits."

FLOOR = 1.0
"Added to every count, so that no symbol is impossible."


@dataclass(frozen=True, kw_only=True, eq=False)
class TreePrior:
    """A table for each symbol and each value of its context."""

    parents: tuple[int, ...]
    "[S]: the symbol that is the context of each, -1 where there is none"
    order: tuple[int, ...]
    "[S]: parents before their children"
    tables: tuple[NDArray[np.float64], ...]
    "of each symbol: probabilities [values of the context, values of the symbol]"

    def encode(self, indices: Indices) -> bytes:
        """Code digits with the range coder, all in one stream: symbol by symbol, context by context."""
        encoder = stream.queue.RangeEncoder()
        for symbol, members, model in self._groups(indices):
            encoder.encode(indices[members, symbol].astype(np.int32), model)
        return bytes(encoder.get_compressed().astype("<u4").tobytes().rstrip(b"\0"))

    def decode(self, data: bytes, count: int) -> Indices:
        """Undo encode of so many digits."""
        words = np.frombuffer(data + bytes(-len(data) % 4), "<u4").astype(np.uint32)
        decoder = stream.queue.RangeDecoder(words)
        indices = np.zeros((count, len(self.parents)), np.int64)
        for symbol, members, model in self._groups(indices):
            indices[members, symbol] = decoder.decode(model, len(members))
        return indices

    def _groups(self, indices: Indices) -> Iterator[tuple[int, NDArray[np.intp], Any]]:
        """Yield each symbol and context with the digits that have it; what was decoded before is read."""
        for symbol in self.order:
            context = self._context(indices, symbol)
            for value, table in enumerate(self.tables[symbol]):
                members = np.flatnonzero(context == value)
                if members.size:
                    yield symbol, members, stream.model.Categorical(table, perfect=False)

    def _context(self, indices: Indices, symbol: int) -> Indices:
        parent = self.parents[symbol]
        return np.zeros(len(indices), np.int64) if parent < 0 else indices[:, parent]


def static_prior(indices: Indices, sizes: tuple[int, ...]) -> TreePrior:
    """Count each symbol by itself."""
    return _counted(indices, sizes, (-1,) * len(sizes), tuple(range(len(sizes))))


def tree_prior(indices: Indices, sizes: tuple[int, ...]) -> TreePrior:
    """Give each symbol the context that tells most about it, as far as a tree can."""
    count = len(sizes)
    weights = np.zeros((count, count))
    for a in range(count):
        for b in range(a + 1, count):
            # Near zero would be "no edge" to scipy; 1 more on every edge leaves the same tree the best.
            weights[a, b] = -1.0 - mutual_information(indices[:, a], indices[:, b])
    tree = minimum_spanning_tree(weights)
    order, parents = breadth_first_order(tree, 0, directed=False)
    known = tuple(int(parent) if parent >= 0 else -1 for parent in parents)
    return _counted(indices, sizes, known, tuple(map(int, order)))


def mutual_information(a: Indices, b: Indices) -> float:
    """I(a; b) in bits of two columns of symbols."""
    joint = np.zeros((int(a.max()) + 1, int(b.max()) + 1))
    np.add.at(joint, (a, b), 1 / len(a))
    independent = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    there = joint > 0
    return float((joint[there] * np.log2(joint[there] / independent[there])).sum())


def _counted(
    indices: Indices, sizes: tuple[int, ...], parents: tuple[int, ...], order: tuple[int, ...]
) -> TreePrior:
    tables = []
    for symbol, (size, parent) in enumerate(zip(sizes, parents, strict=True)):
        counts = np.full((1 if parent < 0 else sizes[parent], size), FLOOR)
        context = np.zeros(len(indices), np.int64) if parent < 0 else indices[:, parent]
        np.add.at(counts, (context, indices[:, symbol]), 1)
        tables.append(counts / counts.sum(axis=1, keepdims=True))
    return TreePrior(parents=parents, order=order, tables=tuple(tables))
