"""The symbols of a coded stream: read from its payloads, as the decoder reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from narrowcast.codec import Rgb
from narrowcast.codec.latent.config import latent_size
from narrowcast.codec.latent.entropy import EntropyTables, RowIndex, Symbols
from narrowcast.codec.latent.exact import ExactModel
from narrowcast.codec.latent.header import unpack_latent
from narrowcast.codec.latent.quantiser import ResidualReader
from narrowcast.codec.latent.reference import ReferenceState
from narrowcast.codec.latent.symbol_coders import SymbolSource, symbol_reader
from narrowcast.codec.latent.weights import load_exact
from narrowcast.codec.registry import create_encoder


@dataclass(frozen=True, kw_only=True, eq=False)
class CodingPass:
    """Half of a frame's symbols."""

    values: Symbols
    "[N] quantised residuals, in the order in which they are coded"
    rows: RowIndex
    "[N] of the shipped tables: how wide the predictor expects each residual to spread"


@dataclass(frozen=True, kw_only=True, eq=False)
class CodedClip:
    """A clip as the latent codec sends it."""

    frames: Sequence[Sequence[CodingPass]]
    "of each frame its two passes; none of a skip frame"
    payload_bytes: int
    "of all frames, headers included"
    tables: EntropyTables
    "those that ship"

    @property
    def values(self) -> Symbols:
        """All symbols of all frames."""
        return np.concatenate([part.values for frame in self.frames for part in frame])

    @property
    def rows(self) -> RowIndex:
        """Their table rows."""
        return np.concatenate([part.rows for frame in self.frames for part in frame])


class _Recorder:
    """A SymbolSource that keeps what it gives."""

    def __init__(self, inner: SymbolSource) -> None:
        self._inner = inner
        self.passes: list[CodingPass] = []

    def read(self, row: RowIndex) -> Symbols:
        values = self._inner.read(row)
        self.passes.append(CodingPass(values=values, rows=row.copy()))
        return values

    def finish(self) -> None:
        self._inner.finish()


def coded_clip(frames: Sequence[Rgb], quality: float, threads: int) -> CodedClip:
    """Code pictures of one size as a stream and read its symbols back."""
    height, width = frames[0].shape[:2]
    encoder = create_encoder("gan", width=width, height=height, threads=threads)
    payloads = [encoder.encode(rgb, quality=quality).payload for rgb in frames]
    exact = load_exact()
    assert exact.tables is not None
    return CodedClip(
        frames=symbols_of(payloads, exact, width, height),
        payload_bytes=sum(map(len, payloads)),
        tables=exact.tables,
    )


@torch.inference_mode()
def symbols_of(
    payloads: Sequence[bytes], exact: ExactModel, width: int, height: int
) -> list[Sequence[CodingPass]]:
    """Read the symbols of a stream's payloads, which begin with a keyframe."""
    shape = 1, exact.config.latent_channels, *latent_size(width, height)
    state = empty = ReferenceState.empty(shape, torch.device("cpu"))
    frames: list[Sequence[CodingPass]] = []
    assert exact.tables is not None
    for payload in payloads:
        header, symbols = unpack_latent(payload)
        if header.skip:
            frames.append(())
            state = state if header.droppable else state.advanced(state.reference_1)
            continue
        before = empty if header.keyframe else state
        recorder = _Recorder(symbol_reader(header.entropy, exact.tables, symbols, before.reference_1.numel()))
        y_hat = exact.code(before, header.q_level, ResidualReader(recorder))
        recorder.finish()
        frames.append(recorder.passes)
        state = state if header.droppable else before.advanced(y_hat)
    return frames
