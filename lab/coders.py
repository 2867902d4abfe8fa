"""Entropy coders that need no model of ours, timed and checked on the same symbols.

Entropy says what is possible: H = -sum p log2 p bits a symbol if symbols are coded one by one with one table,
and H(symbol | context) where a context chooses the table.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import zstandard
from constriction import stream, symbol
from numpy.typing import NDArray

from narrowcast.codec.lzw_codes import LzwExpander, lzw_codes, pack_lzw, unpack_lzw

Symbols = NDArray[np.integer]

DEFLATE_LEVEL, ZSTANDARD_LEVEL = 9, 19


@dataclass(frozen=True, kw_only=True)
class CoderResult:
    """What a coder made of some symbols."""

    name: str
    bits: float
    "of all symbols"
    encode_s: float | None = None
    "None for a limit, which no program reaches"
    decode_s: float | None = None


def entropy_bits(symbols: Symbols) -> float:
    """N times the order-0 entropy of symbols [N]: the limit of one table that was made of them."""
    counts = np.unique(symbols, return_counts=True)[1]
    return float(-(counts * np.log2(counts / counts.sum())).sum())


def conditional_entropy_bits(symbols: Symbols, contexts: Symbols) -> float:
    """N times H(symbol | context): the limit of a table for each context."""
    return sum(entropy_bits(symbols[contexts == context]) for context in np.unique(contexts))


def measured(
    name: str, encode: Callable[[], bytes], decode: Callable[[bytes], Symbols], wanted: Symbols
) -> CoderResult:
    """Encode, decode, compare and time; what does not come back is a fault of this program."""
    started = time.perf_counter()
    data = encode()
    encoded = time.perf_counter()
    found = decode(data)
    decoded = time.perf_counter()
    assert np.array_equal(found, wanted), f"{name} did not give back what it was given"
    return CoderResult(
        name=name, bits=8.0 * len(data), encode_s=encoded - started, decode_s=decoded - encoded
    )


def byte_coders(values: NDArray[np.uint8]) -> list[CoderResult]:
    """LZW, DEFLATE and Zstandard of bytes [N]."""
    data = values.tobytes()

    def as_bytes(made: bytes) -> Symbols:
        return np.frombuffer(made, np.uint8)

    compressor = zstandard.ZstdCompressor(level=ZSTANDARD_LEVEL)
    return [
        measured(
            "LZW", lambda: pack_lzw(lzw_codes(data)), lambda coded: as_bytes(_unlzw(coded, len(data))), values
        ),
        measured(
            f"DEFLATE, level {DEFLATE_LEVEL}",
            lambda: zlib.compress(data, DEFLATE_LEVEL),
            lambda coded: as_bytes(zlib.decompress(coded)),
            values,
        ),
        measured(
            f"Zstandard, level {ZSTANDARD_LEVEL}",
            lambda: compressor.compress(data),
            lambda coded: as_bytes(zstandard.ZstdDecompressor().decompress(coded)),
            values,
        ),
    ]


def static_coders(symbols: Symbols) -> list[CoderResult]:
    """One table of these very symbols [N], with constriction's Huffman code and its range coder."""
    values, indices = np.unique(symbols, return_inverse=True)
    shares = np.bincount(indices).astype(np.float64) / len(indices)
    wanted = indices.astype(np.int32)
    if len(values) == 1:  # nothing to say: no coder has a code for it
        return [CoderResult(name=name, bits=0.0) for name in ("Huffman, one table", "range coder, one table")]
    model = stream.model.Categorical(shares, perfect=False)

    def ranged() -> bytes:
        encoder = stream.queue.RangeEncoder()
        encoder.encode(wanted, model)
        return bytes(encoder.get_compressed().astype("<u4").tobytes())

    def unranged(data: bytes) -> Symbols:
        return np.asarray(stream.queue.RangeDecoder(_words(data)).decode(model, len(wanted)))

    return [
        measured(
            "Huffman, one table",
            lambda: huffman_bytes(wanted, shares),
            lambda data: huffman_symbols(data, shares, len(wanted)),
            wanted,
        ),
        measured("range coder, one table", ranged, unranged, wanted),
    ]


def huffman_bytes(symbols: Symbols, shares: NDArray[np.float64]) -> bytes:
    """Code symbols [N] with constriction's Huffman code of their shares."""
    tree, encoder = symbol.huffman.EncoderHuffmanTree(shares), symbol.QueueEncoder()
    for each in symbols.tolist():
        encoder.encode_symbol(each, tree)
    words, _bits = encoder.get_compressed()
    return bytes(words.astype("<u4").tobytes())


def huffman_symbols(data: bytes, shares: NDArray[np.float64], count: int) -> Symbols:
    """Undo huffman_bytes."""
    tree, decoder = symbol.huffman.DecoderHuffmanTree(shares), symbol.QueueDecoder(_words(data))
    return np.array([decoder.decode_symbol(tree) for _ in range(count)])


def _words(data: bytes) -> NDArray[np.uint32]:
    return np.frombuffer(data, "<u4").astype(np.uint32)


def _unlzw(coded: bytes, size: int) -> bytes:
    expander = LzwExpander(unpack_lzw(coded))
    made = expander.read(size)
    expander.finish()
    return made
