"""Every entropy coder on the same symbols: limits, tables that both sides know, coders that learn."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator
from typing import get_args

import numpy as np
import zstandard
from numpy.typing import NDArray

from narrowcast.codec.latent.entropy import EntropyTables
from narrowcast.codec.latent.symbol_coders import LzwWriter, symbol_reader, symbol_writer
from narrowcast.codec.names import Entropy
from narrowcast.lab.coders import (
    DEFLATE_LEVEL,
    ZSTANDARD_LEVEL,
    CoderResult,
    conditional_entropy_bits,
    entropy_bits,
    static_coders,
)
from narrowcast.lab.entropy.symbols import CodedClip

NAMES: dict[Entropy, str] = {
    "range": "range coder, shipped prior (--entropy range)",
    "huffman": "Huffman, shipped prior (--entropy huffman)",
    "lzw": "LZW (--entropy lzw)",
}


def clip_coders(clip: CodedClip) -> Iterator[CoderResult]:
    """Yield limits, then coders, each checked to give back what it was given."""
    values, rows = clip.values, clip.rows
    yield CoderResult(name="limit: entropy of order 0", bits=entropy_bits(values))
    yield CoderResult(name="limit: entropy, given the table row", bits=conditional_entropy_bits(values, rows))
    yield CoderResult(name="limit: the shipped prior's own", bits=prior_bits(clip))
    yield from reversed(static_coders(values))
    for entropy in get_args(Entropy):
        yield _streamed(clip, entropy)
    compressor, expander = zstandard.ZstdCompressor(level=ZSTANDARD_LEVEL), zstandard.ZstdDecompressor()
    yield _by_frame(
        clip,
        f"DEFLATE, level {DEFLATE_LEVEL}",
        lambda data: zlib.compress(data, DEFLATE_LEVEL),
        zlib.decompress,
    )
    yield _by_frame(clip, f"Zstandard, level {ZSTANDARD_LEVEL}", compressor.compress, expander.decompress)


def prior_bits(clip: CodedClip) -> float:
    """-log2 of the probability that the shipped tables give to the symbols, the bits of escapes left out."""
    total = 0.0
    for index, row in enumerate(clip.tables.rows):
        values = clip.values[clip.rows == index]
        inside = np.abs(values) <= row.reach
        total += float(row.bits[np.where(inside, values + row.reach, 2 * row.reach + 1)].sum())
    return total


def _streamed(clip: CodedClip, entropy: Entropy) -> CoderResult:
    """A coder of the product, frame by frame."""
    bits, encode_s, decode_s = 0.0, 0.0, 0.0
    for passes in filter(None, clip.frames):
        started = time.perf_counter()
        writer = symbol_writer(entropy, clip.tables)
        for part in passes:
            writer.write(part.values, part.rows)
        data = writer.finish()
        encoded = time.perf_counter()
        reader = symbol_reader(entropy, clip.tables, data, sum(part.values.size for part in passes))
        found = [reader.read(part.rows) for part in passes]
        reader.finish()
        decode_s += time.perf_counter() - encoded
        encode_s += encoded - started
        bits += 8 * len(data)
        assert all(np.array_equal(a, part.values) for a, part in zip(found, passes, strict=True))
    return CoderResult(name=NAMES[entropy], bits=bits, encode_s=encode_s, decode_s=decode_s)


def _by_frame(
    clip: CodedClip, name: str, pack: Callable[[bytes], bytes], unpack: Callable[[bytes], bytes]
) -> CoderResult:
    """A coder of bytes, frame by frame, on the bytes that LZW gets."""
    bits, encode_s, decode_s = 0.0, 0.0, 0.0
    for passes in filter(None, clip.frames):
        writer = LzwWriter()
        for part in passes:
            writer.write(part.values, part.rows)
        started = time.perf_counter()
        data = pack(writer.folded())
        encoded = time.perf_counter()
        assert unpack(data) == writer.folded(), f"{name} did not give back what it was given"
        decode_s += time.perf_counter() - encoded
        encode_s += encoded - started
        bits += 8 * len(data)
    return CoderResult(name=name, bits=bits, encode_s=encode_s, decode_s=decode_s)


def row_costs(tables: EntropyTables) -> list[tuple[float, float, float]]:
    """Of each row of the tables: sigma in steps, its entropy, and the mean length of its Huffman code."""
    costs = []
    for row in tables.rows:
        share: NDArray[np.float64] = row.probability
        offsets = np.arange(share.size - 1) - row.reach
        sigma = float(np.sqrt((share[:-1] * offsets**2).sum()))
        costs.append((sigma, float((share * row.bits).sum()), float((share * row.prefix_code.lengths).sum())))
    return costs
