"""What entropy coders make of the digits' latents, in bits a digit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from narrowcast.lab.coders import (
    CoderResult,
    byte_coders,
    entropy_bits,
    huffman_bytes,
    huffman_symbols,
    measured,
)
from narrowcast.lab.mnist.prior import Indices, TreePrior, mutual_information, static_prior, tree_prior

ALONE = 500
"Digits that are coded each by itself: what ending a stream costs shows after so many."


def latent_coders(train: Indices, test: Indices, sizes: tuple[int, ...]) -> Iterator[CoderResult]:
    """Yield limits and coders for the test digits' symbols; the tables are those of the training digits."""
    tree, static = tree_prior(train, sizes), static_prior(train, sizes)
    packed = float(np.log2(sizes).sum() * len(test))
    yield CoderResult(name="no entropy coder: the bits as they are", bits=packed)
    order_0 = sum(entropy_bits(column) for column in test.T)
    saved = sum(
        len(test) * mutual_information(test[:, symbol], test[:, parent])
        for symbol, parent in enumerate(tree.parents)
        if parent >= 0
    )
    yield CoderResult(name="limit: entropy of each symbol by itself", bits=order_0)
    yield CoderResult(name="limit: entropy along the tree", bits=order_0 - saved)
    yield _ranged("range coder, one table a symbol", static, test)
    yield _ranged("range coder, tables along the tree", tree, test)
    alone = test[:ALONE]
    coded = [len(tree.encode(alone[index : index + 1])) for index in range(len(alone))]
    yield CoderResult(
        name="range coder along the tree, each digit a stream of its own",
        bits=8.0 * sum(coded) * len(test) / len(alone),
    )
    yield _huffman(static, test)
    yield from byte_coders(test.astype(np.uint8).ravel())


def _ranged(name: str, prior: TreePrior, test: Indices) -> CoderResult:
    return measured(name, lambda: prior.encode(test), lambda data: prior.decode(data, len(test)), test)


def _huffman(prior: TreePrior, test: Indices) -> CoderResult:
    """Each symbol's own Huffman code; one bit string for each symbol of all digits."""
    bits, encode_s, decode_s = 0.0, 0.0, 0.0
    for symbol, table in enumerate(prior.tables):
        shares, column = table[0], test[:, symbol]

        def encode(shares: np.ndarray = shares, column: np.ndarray = column) -> bytes:
            return huffman_bytes(column, shares)

        def decode(data: bytes, shares: np.ndarray = shares, count: int = len(column)) -> np.ndarray:
            return huffman_symbols(data, shares, count)

        result = measured("Huffman", encode, decode, column)
        bits += result.bits
        encode_s += result.encode_s or 0.0
        decode_s += result.decode_s or 0.0
    return CoderResult(name="Huffman, one code a symbol", bits=bits, encode_s=encode_s, decode_s=decode_s)
