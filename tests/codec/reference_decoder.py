"""A second decoder, written from docs/bitstream.md alone: numpy int64 and plain Python, slow on purpose.

It shares no code with codec/, so a golden bitstream that both read to the same latents shows that
the document, the codec and the files agree.
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_right
from dataclasses import dataclass

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

    def decode(self, starts: list[int]) -> int:
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


def split_tables(counts: NDArray[np.int32]) -> list[list[int]]:
    """Return the interval starts of each row of the table."""
    tables: list[list[int]] = []
    group: list[int] = []
    for count in counts.tolist():
        group.append(count)
        if sum(group) == 1 << 20:
            tables.append(_starts(group))
            group = []
    assert not group
    return tables


def _starts(group: list[int]) -> list[int]:
    starts, before = [], 0
    for index, count in enumerate(group):
        starts.append((before * ((1 << 24) - len(group)) >> 20) + index)
        before += count
    return [*starts, 1 << 24]


def _uniform(size: int) -> list[int]:
    return [index * ((1 << 24) // size) for index in range(size)] + [1 << 24]


def read_residuals(decoder: RangeDecoder, tables: list[list[int]], rows: NDArray[np.uint8]) -> Ints:
    """Decode one pass; rows [N] in the order channel, row, column."""
    residuals = np.zeros(len(rows), np.int64)
    for row, starts in enumerate(tables):
        members = np.flatnonzero(rows == row)
        reach = (len(starts) - 1) // 2 - 1
        residuals[members] = [decoder.decode(starts) - reach for _ in members]
        for member in members[residuals[members] == reach + 1]:
            negative = decoder.decode(_uniform(2))
            length = decoder.decode(_uniform(16)) + 1
            excess = 1 << (length - 1)
            if length > 1:
                excess += decoder.decode(_uniform(1 << (length - 1)))
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

    def decode(self, payload: bytes) -> Ints:
        """Return y_hat [C, h, w] of a frame."""
        flags, q_level, at = payload[0] & 15, payload[1], 2
        assert payload[0] >> 4 == 2
        if flags & 1:
            width, height = struct.unpack_from("<HH", payload, at)
            at += 4
            shape = (self.weights["steps"].shape[1], -(-height // 16), -(-width // 16))
            reference_1, reference_2, phase = np.zeros(shape, np.int64), np.zeros(shape, np.int64), 0
        else:
            assert self.reference_1 is not None and self.reference_2 is not None
            assert payload[at] == self.counter
            at += 1
            reference_1, reference_2, phase = self.reference_1, self.reference_2, self.phase
        checksum = None
        if flags & 8:
            (checksum,) = struct.unpack_from("<I", payload, at)
            at += 4
        y_hat = (
            reference_1
            if flags & 4
            else self._latents(payload[at:], q_level, reference_1, reference_2, phase)
        )
        assert checksum in (None, zlib.crc32(y_hat.astype("<i2").tobytes()))
        if not flags & 2:
            self.reference_1, self.reference_2 = y_hat, y_hat if phase == 0 else reference_1
            self.counter = 1 if phase == 0 else (self.counter + 1) % 256
            self.phase = min(phase + 1, 2)
        return y_hat

    def _latents(self, data: bytes, q_level: int, reference_1: Ints, reference_2: Ints, phase: int) -> Ints:
        weights, channels = self.weights, len(reference_1)
        step = weights["steps"][q_level][:, None, None]
        entry = weights["entry"][phase, q_level][:, None, None]
        rows = weights["rows"][phase, q_level][:, None, None]
        gate = np.ones_like(reference_1[:1]) if phase == 0 else _neighbourhood(reference_1 - reference_2)
        square = np.add.outer(np.arange(reference_1.shape[1]), np.arange(reference_1.shape[2]))
        half = (np.arange(channels) >= channels // 2).astype(int)
        first = (square[None] + half[:, None, None]) % 2 == 0
        doubled_dead_zone = 0 * step if phase == 0 else step
        decoder = RangeDecoder(data)
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
        decoder: RangeDecoder,
        tables: list[list[int]],
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
