"""Residuals to bytes and back: the sender's quantiser, which writes, and the receiver's reader."""

from __future__ import annotations

import torch
from torch import Tensor

from narrowcast.codec.latent.entropy import RESIDUAL_LIMIT, EntropyTables, SymbolWriter
from narrowcast.codec.latent.passes import CodedHalf, Prediction
from narrowcast.codec.latent.symbol_coders import SymbolSink, SymbolSource
from narrowcast.codec.stages import CodingStage, OnStage, ignore_stage

RATE_WEIGHT = 0.058
"""Half of lambda / D^2 at high rate, where dD/dR = -2 ln 2 D^2 / 12 a bit (Gish & Pierce 1968)."""

MAX_DEAD_ZONE = 0.65
"""No latent strays further than this many steps from its fresh value.

At equal LPIPS 0.65 needed 8 to 14% fewer bits than 0.95, and 9 to 20% fewer than plain rounding
(docs/experiments.md).
"""


def dead_zones(tables: EntropyTables) -> Tensor:
    """Return by scale row [64] how many steps a residual must measure to be worth its bits."""
    zones = 0.5 + RATE_WEIGHT * tables.cost_of_one()
    return torch.from_numpy(zones.clip(0.5, MAX_DEAD_ZONE)).float()


class Quantiser:
    """Rounds residuals with rate-distortion-aware dead zones, and writes them.

    A residual becomes 0 where 1 would cost more bits than the error is worth: the dead zone grows
    from 0.5 with the bits that the row asks for a 1, so that sensor noise costs nothing. A
    `dead_zone` in steps takes the place of those of all rows.
    """

    def __init__(
        self,
        y: Tensor,
        tables: EntropyTables,
        *,
        dead_zone: float | None = None,
        writer: SymbolSink | None = None,
        on_stage: OnStage = ignore_stage,
    ) -> None:
        """Quantise y [1, C, h, w]; without a `writer` the range coder takes the symbols."""
        self._on_stage = on_stage
        self._y = y.contiguous(memory_format=torch.channels_last)
        zones = dead_zones(tables) if dead_zone is None else torch.full((len(tables.rows),), dead_zone)
        self._dead_zones = zones.to(y.device)
        self.writer = writer or SymbolWriter(tables)

    def residual(self, prediction: Prediction, step: Tensor, half: CodedHalf) -> Tensor:
        """Quantise this half of y around the prediction, append it, return the integers."""
        row = half.gather(prediction.row).to(torch.int32)
        scaled = (half.gather(self._y) - half.gather(prediction.mean)) / step.flatten().index_select(
            0, half.channels
        )
        keep = scaled.abs() >= self._dead_zones.index_select(0, row)
        rounded = torch.floor(scaled + 0.5).clamp(-RESIDUAL_LIMIT, RESIDUAL_LIMIT) * keep
        symbols, rows = rounded.to(torch.int32).cpu().numpy(), row.to(torch.uint8).cpu().numpy()
        self._on_stage(CodingStage.EXACT)
        self.writer.write(symbols, rows)
        self._on_stage(CodingStage.ENTROPY)
        return half.scatter(rounded)


class ResidualReader:
    """Reads residuals in the order in which a Quantiser wrote them."""

    def __init__(self, reader: SymbolSource, on_stage: OnStage = ignore_stage) -> None:
        self._reader, self._on_stage = reader, on_stage

    def residual(self, prediction: Prediction, step: Tensor, half: CodedHalf) -> Tensor:
        """Decode this half; zeros elsewhere."""
        row = half.gather(prediction.row).to(torch.uint8)
        rows = row.cpu().numpy()
        self._on_stage(CodingStage.EXACT)
        values = self._reader.read(rows)
        self._on_stage(CodingStage.ENTROPY)
        return half.scatter(torch.from_numpy(values).to(row.device, torch.float32))
