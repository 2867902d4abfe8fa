"""A second decoder, written from docs/bitstream.md alone: numpy int64 and plain Python, slow on purpose.

It shares no code with codec/, so a golden bitstream that both read to the same latents shows that
the document, the codec and the files agree.
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Weights = dict[str, NDArray[np.int64]]

MASK = (1 << 64) - 1


class RangeDecoder:
    """64-bit state, 32-bit words, 24-bit probabilities."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0
        self._low, self._range = 0, MASK
        self._point = self._word() << 32 | self._word()

    def _word(self) -> int:
        word = self._data[self._at : self._at + 4].ljust(4, b"\0")
        self._at += 4
        return int.from_bytes(word, "little")

    def symbol(self, counts: tuple[int, ...]) -> int:
        """Return a symbol of a table row."""
        return self._decode(_starts(counts))

    def uniform(self, bits: int) -> int:
        """Return a number of so many bits."""
        return self._decode([index << 24 - bits for index in range((1 << bits) + 1)])

    def _decode(self, starts: list[int]) -> int:
        """Return a symbol; starts holds where each symbol's interval begins, and 2^24 at the end."""
        scale = self._range >> 24
        quantile = ((self._point - self._low) & MASK) // scale
        assert quantile < 1 << 24
        symbol = bisect_right(starts, quantile) - 1
        self._low = self._low + scale * starts[symbol] & MASK
        self._range = scale * (starts[symbol + 1] - starts[symbol])
        if self._range < 1 << 32:
            self._low = self._low << 32 & MASK
            self._range <<= 32
            self._point = self._point << 32 & MASK | self._word()
        return symbol


class HuffmanDecoder:
    """Canonical codes of the same rows, and plain bits, the most significant first."""

    def __init__(self, data: bytes) -> None:
        self._bits, self._at = "".join(f"{byte:08b}" for byte in data), 0

    def symbol(self, counts: tuple[int, ...]) -> int:
        """Return a symbol of a table row."""
        codes = _huffman_codes(counts)
        return next(
            codes[self._bits[start : self._at]]
            for start in [self._at]
            for self._at in range(start + 1, start + 13)
            if self._bits[start : self._at] in codes
        )

    def uniform(self, bits: int) -> int:
        """Return a number of so many bits."""
        self._at += bits
        return int(self._bits[self._at - bits : self._at] or "0", 2)


class LzwDecoder:
    """All bytes at once: the reader of residuals takes them as it needs them."""

    def __init__(self, data: bytes) -> None:
        bits, at = "".join(f"{byte:08b}" for byte in data), 0
        strings: list[bytes] = []
        previous = b""
        self.bytes: list[int] = []
        while len(bits) - at >= 8:
            if len(strings) in (0, 1 << 16):
                strings, previous = [bytes([byte]) for byte in range(256)], b""
            width = (len(strings) if previous else 255).bit_length()
            code, at = int(bits[at : at + width], 2), at + width
            piece = strings[code] if code < len(strings) else previous + previous[:1]
            if previous:
                strings.append(previous + piece[:1])
            self.bytes += piece
            previous = piece

    def residuals(self, count: int) -> list[int]:
        """Return the next pass's residuals."""
        folded, self.bytes = self.bytes[:count], self.bytes[count:]
        for index in range(count):
            if folded[index] == 255:
                folded[index] = self.bytes.pop(0) + 256 * self.bytes.pop(0)
        return [-(value + 1) // 2 if value % 2 else value // 2 for value in folded]


Decoder = RangeDecoder | HuffmanDecoder | LzwDecoder

DECODERS: tuple[type[Decoder], ...] = (RangeDecoder, HuffmanDecoder, LzwDecoder)


def split_tables(counts: NDArray[np.int32]) -> list[tuple[int, ...]]:
    """Return the counts of each row of the table."""
    tables: list[tuple[int, ...]] = []
    group: list[int] = []
    for count in counts.tolist():
        group.append(count)
        if sum(group) == 1 << 20:
            tables.append(tuple(group))
            group = []
    assert not group
    return tables


@cache
def _starts(group: tuple[int, ...]) -> list[int]:
    starts, before = [], 0
    for index, count in enumerate(group):
        starts.append((before * ((1 << 24) - len(group)) >> 20) + index)
        before += count
    return [*starts, 1 << 24]


@cache
def _huffman_codes(counts: tuple[int, ...]) -> dict[str, int]:
    """Return each symbol by the bits of its code."""
    while True:
        lengths = [0] * len(counts)
        trees = [(count, symbol, [symbol]) for symbol, count in enumerate(counts)]
        while len(trees) > 1:
            trees.sort()
            (first, symbol, left), (second, _, right) = trees[:2]
            for each in left + right:
                lengths[each] += 1
            trees[:2] = [(first + second, symbol, left + right)]
        if max(lengths) <= 12:
            break
        counts = tuple((count + 1) // 2 for count in counts)
    codes, code, before = {}, 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths)):
        code <<= length - before
        codes[f"{code:0{length}b}"] = symbol
        code, before = code + 1, length
    return codes


def read_residuals(decoder: Decoder, tables: list[tuple[int, ...]], rows: NDArray[np.uint8]) -> Ints:
    """Decode one pass; rows [N] in the order channel, row, column."""
    if isinstance(decoder, LzwDecoder):
        return np.array(decoder.residuals(len(rows)), np.int64)
    residuals = np.zeros(len(rows), np.int64)
    for row, counts in enumerate(tables):
        members = np.flatnonzero(rows == row)
        reach = len(counts) // 2 - 1
        residuals[members] = [decoder.symbol(counts) - reach for _ in members]
        for member in members[residuals[members] == reach + 1]:
            negative = decoder.uniform(1)
            length = decoder.uniform(4) + 1
            excess = 1 << (length - 1)
            if length > 1:
                excess += decoder.uniform(length - 1)
            residuals[member] = -(excess + reach) if negative else excess + reach
    return residuals


@dataclass
class ReferenceDecoder:
    """Turns payloads into latents."""

    weights: Weights
    reference_1: Ints | None = None
    reference_2: Ints | None = None
    phase: int = 0
    counter: int = 0
    entropy: int = 0

    def decode(self, payload: bytes) -> Ints:
        """Return y_hat [C, h, w] of a frame."""
        flags, q_level, at = payload[0] & 15, payload[1], 2
        entropy = 0
        assert payload[0] >> 4 in (2, 3)
        if payload[0] >> 4 == 3:
            assert not flags & 4
            entropy, at = payload[2], 3
        if flags & 1:
            width, height = struct.unpack_from("<HH", payload, at)
            at += 4
            self.entropy = entropy if not flags & 2 else self.entropy
            shape = (self.weights["steps"].shape[1], -(-height // 16), -(-width // 16))
            reference_1, reference_2, phase = np.zeros(shape, np.int64), np.zeros(shape, np.int64), 0
        else:
            assert self.reference_1 is not None and self.reference_2 is not None
            assert payload[at] == self.counter and (flags & 4 or entropy == self.entropy)
            at += 1
            reference_1, reference_2, phase = self.reference_1, self.reference_2, self.phase
        checksum = None
        if flags & 8:
            (checksum,) = struct.unpack_from("<I", payload, at)
            at += 4
        y_hat = (
            reference_1
            if flags & 4
            else self._latents(DECODERS[entropy](payload[at:]), q_level, reference_1, reference_2, phase)
        )
        assert checksum in (None, zlib.crc32(y_hat.astype("<i2").tobytes()))
        if not flags & 2:
            self.reference_1, self.reference_2 = y_hat, y_hat if phase == 0 else reference_1
            self.counter = 1 if phase == 0 else (self.counter + 1) % 256
            self.phase = min(phase + 1, 2)
        return y_hat

    def _latents(
        self, decoder: Decoder, q_level: int, reference_1: Ints, reference_2: Ints, phase: int
    ) -> Ints:
        weights, channels = self.weights, len(reference_1)
        step = weights["steps"][q_level][:, None, None]
        entry = weights["entry"][phase, q_level][:, None, None]
        rows = weights["rows"][phase, q_level][:, None, None]
        gate = np.ones_like(reference_1[:1]) if phase == 0 else _neighbourhood(reference_1 - reference_2)
        square = np.add.outer(np.arange(reference_1.shape[1]), np.arange(reference_1.shape[2]))
        half = (np.arange(channels) >= channels // 2).astype(int)
        first = (square[None] + half[:, None, None]) % 2 == 0
        doubled_dead_zone = 0 * step if phase == 0 else step
        tables = split_tables(weights["counts"].astype(np.int32))

        inputs = np.concatenate([_shift(reference_1, 4), _shift(reference_1 - reference_2, 2)])
        context = self._blocks("past_blocks", _clamp(self._conv("past_in", inputs) + entry))
        head = self._conv("first_head", context, -2048, 2047)
        mean = reference_1 + _moved(4 * gate * head[:channels], doubled_dead_zone)
        row = (head[channels:] + rows).clip(0, 63)
        y_first = self._pass(decoder, tables, mean, row, step, first)

        innovation = np.where(first, y_first - mean, 0)
        gate = np.maximum(gate, _neighbourhood(innovation))
        seen = _clamp(self._conv("seen_in", np.concatenate([_shift(innovation, 2), context])) + context)
        head = self._conv("second_head", self._blocks("seen_blocks", seen), -2048, 2047)
        mean = reference_1 + _moved(4 * gate * head[:channels], doubled_dead_zone)
        row = (head[channels:] + rows).clip(0, 63)
        return np.where(first, y_first, self._pass(decoder, tables, mean, row, step, ~first))

    @staticmethod
    def _pass(
        decoder: Decoder,
        tables: list[tuple[int, ...]],
        mean: Ints,
        row: Ints,
        step: Ints,
        mask: NDArray[np.bool_],
    ) -> Ints:
        residual = np.zeros_like(mean)
        residual[mask] = read_residuals(decoder, tables, row[mask].astype(np.uint8))
        y_hat: Ints = (mean + residual * step).clip(-8191, 8191)
        return y_hat

    def _blocks(self, name: str, x: Ints) -> Ints:
        for index in (0, 1):
            inner = self._conv(f"{name}.{index}.depthwise", x)
            inner = self._conv(f"{name}.{index}.widen", inner, 0, 127)
            x = _clamp(x + self._conv(f"{name}.{index}.narrow", inner))
        return x

    def _conv(self, name: str, x: Ints, low: int = -128, high: int = 127) -> Ints:
        weight, bias, shift = (
            self.weights[f"predictor.{name}.{part}"] for part in ("weight", "bias", "shift")
        )
        if weight.shape[2] == 1:
            total = np.einsum("oi,ihw->ohw", weight[:, :, 0, 0], x)
        else:  # depthwise 3x3, zeros around
            padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
            height, width = x.shape[1:]
            total = np.zeros_like(x)
            for v in range(3):
                for u in range(3):
                    total += weight[:, 0, v, u, None, None] * padded[:, v : v + height, u : u + width]
        total = total + bias[:, None, None]
        k = shift[:, None, None]
        result: Ints = ((2 * total + (1 << k)) >> (k + 1)).clip(low, high)
        return result


def _clamp(x: Ints) -> Ints:
    clamped: Ints = x.clip(-128, 127)
    return clamped


def _shift(x: Ints, bits: int) -> Ints:
    return _clamp(x + (1 << (bits - 1)) >> bits)


def _moved(shift: Ints, doubled_dead_zone: Ints) -> Ints:
    kept: Ints = np.where(2 * abs(shift) >= doubled_dead_zone, shift, 0)
    return kept


def _neighbourhood(x: Ints) -> Ints:
    changed = np.pad((x != 0).any(axis=0), 1)
    height, width = x.shape[1:]
    near = [changed[v : v + height, u : u + width] for v in range(3) for u in range(3)]
    anywhere: Ints = np.any(near, axis=0).astype(np.int64)[None]
    return anywhere
