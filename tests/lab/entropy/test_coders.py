"""Tests of lab/entropy/coders.py: limits lie below what reaches them, and symbols come back."""

from __future__ import annotations

import numpy as np

from narrowcast.codec.latent.entropy import EntropyTables, gaussian_tables
from narrowcast.lab.entropy.coders import NAMES, clip_coders, prior_bits, row_costs
from narrowcast.lab.entropy.symbols import CodedClip, CodingPass

TABLES = EntropyTables(gaussian_tables())


def drawn_clip(frames: int, seed: int = 0) -> CodedClip:
    """Symbols drawn from the very tables, three frames in four, and one frame of none."""
    rng = np.random.default_rng(seed)

    def part() -> CodingPass:
        rows = rng.integers(0, 40, 2000).astype(np.uint8)
        sigma = 0.11 * (64 / 0.11) ** (rows / 63)
        return CodingPass(values=np.rint(rng.normal(0, sigma)).astype(np.int32), rows=rows)

    coded = [[part(), part()] if index != 1 else [] for index in range(frames)]
    return CodedClip(frames=coded, payload_bytes=1, tables=TABLES)


def test_every_coder_stands_above_its_limit() -> None:
    bits = {result.name: result.bits for result in clip_coders(drawn_clip(4))}
    ranged, huffman = bits[NAMES["range"]], bits[NAMES["huffman"]]
    prior = bits["limit: the shipped prior's own"]
    assert prior <= ranged < 1.01 * prior
    assert ranged < huffman < ranged + 12_000, "at most a bit a symbol more"
    assert bits["limit: entropy, given the table row"] < bits["limit: entropy of order 0"]
    assert (
        bits["limit: entropy of order 0"] <= bits["range coder, one table"] <= bits["Huffman, one table"] + 32
    )
    assert ranged < min(bits[NAMES["lzw"]], bits["DEFLATE, level 9"], bits["Zstandard, level 19"])


def test_the_priors_bits_are_the_tables() -> None:
    zeros = CodingPass(values=np.zeros(10, np.int32), rows=np.full(10, 20, np.uint8))
    row = TABLES.rows[20]
    clip = CodedClip(frames=[[zeros]], payload_bytes=1, tables=TABLES)
    assert np.isclose(prior_bits(clip), 10 * row.bits[row.reach])


def test_huffmans_length_is_within_a_bit_of_each_rows_entropy() -> None:
    costs = row_costs(TABLES)
    assert len(costs) == 64
    for sigma, entropy, length in costs:
        assert sigma > 0 and entropy <= length < entropy + 1
    assert costs[0][1] < 0.01 and costs[0][2] >= 1
