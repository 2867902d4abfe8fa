"""The sender's half of the learned codec: picture in, payload out."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from .api import EncodedFrame, Rgb
from .bitstream import Header, pack_header
from .config import Q_LEVELS, STRIDE, Y_LIMIT, Y_UNIT
from .entropy import RESIDUAL_LIMIT, EntropyTables, SymbolWriter
from .exact import CodedHalf, ExactModel
from .frame_size import check_picture, latent_size
from .history import History, checksum
from .networks import AnalysisNetwork
from .picture import to_tensor
from .predictor import Prediction
from .stages import OnStage, Stage, ignore_stage

CHECKSUM_PERIOD = 64
"""Every 64th reference frame carries a checksum of the history, and every keyframe."""

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
    from 0.5 with the bits that the row asks for a 1, so that sensor noise costs nothing.
    """

    def __init__(self, y: Tensor, tables: EntropyTables, on_stage: OnStage = ignore_stage) -> None:
        self._on_stage = on_stage
        self._y = y.contiguous(memory_format=torch.channels_last)
        self._dead_zones = dead_zones(tables).to(y.device)
        self.writer = SymbolWriter(tables)

    def residual(self, prediction: Prediction, step: Tensor, half: CodedHalf) -> Tensor:
        """Quantise this half of y around the prediction, append it, return the integers."""
        row = half.gather(prediction.row).to(torch.int32)
        scaled = (half.gather(self._y) - half.gather(prediction.mean)) / step.flatten().index_select(
            0, half.channels
        )
        keep = scaled.abs() >= self._dead_zones.index_select(0, row)
        rounded = torch.floor(scaled + 0.5).clamp(-RESIDUAL_LIMIT, RESIDUAL_LIMIT) * keep
        symbols, rows = rounded.to(torch.int32).cpu().numpy(), row.to(torch.uint8).cpu().numpy()
        self._on_stage(Stage.EXACT)
        self.writer.write(symbols, rows)
        self._on_stage(Stage.ENTROPY)
        return half.scatter(rounded)


class GanEncoder:
    """Encoder of one stream of one picture size; see codec.api.Encoder."""

    def __init__(self, analysis: AnalysisNetwork, exact: ExactModel, *, width: int, height: int) -> None:
        self._analysis, self._exact = analysis, exact
        self._width, self._height = width, height
        self._history: History | None = None
        self._last: tuple[Rgb, int] | None = None
        self.on_stage: OnStage = ignore_stage
        "for benchmarks: told of every stage when it ends"

    @torch.inference_mode()
    def encode(self, rgb: Rgb, *, quality: float = 0.5, keyframe: bool = False) -> EncodedFrame:
        """Code one picture; see codec.api.Encoder.encode."""
        check_picture(rgb, self._width, self._height)
        q_level = round((Q_LEVELS - 1) * min(max(quality, 0.0), 1.0))
        history = None if keyframe else self._history
        if history is not None and self._repeats(rgb, q_level):
            return self._skip(history, q_level)

        picture = to_tensor(rgb, STRIDE)
        self.on_stage(Stage.COLOUR)
        y = self._analysis(picture, q_level)
        y = torch.floor(y * Y_UNIT + 0.5).clamp(-Y_LIMIT, Y_LIMIT)
        self.on_stage(Stage.ANALYSIS)
        reference = history or self._empty_history(y.device)
        assert self._exact.tables is not None
        quantiser = Quantiser(y, self._exact.tables, self.on_stage)
        frame = self._exact.code(reference, q_level, quantiser)
        self._last = (rgb.copy(), q_level) if frame.unchanged else None
        if history is not None and frame.unchanged:
            return self._skip(history, q_level)

        self._history = reference.advanced(frame.y_hat)
        summed = history is None or self._history.counter % CHECKSUM_PERIOD == 0
        header = Header(
            q_level=q_level,
            keyframe=history is None,
            width=self._width if history is None else None,
            height=self._height if history is None else None,
            counter=None if history is None else history.counter,
            checksum=checksum(frame.y_hat) if summed else None,
        )
        self.on_stage(Stage.EXACT)
        payload = pack_header(header) + quantiser.writer.finish()
        self.on_stage(Stage.ENTROPY)
        return EncodedFrame(payload=payload, keyframe=history is None)

    def _repeats(self, rgb: Rgb, q_level: int) -> bool:
        """Tell whether this very picture was just coded at this quality and changed nothing."""
        return self._last is not None and self._last[1] == q_level and np.array_equal(self._last[0], rgb)

    def _skip(self, history: History, q_level: int) -> EncodedFrame:
        header = Header(q_level=q_level, skip=True, counter=history.counter)
        self._history = history.advanced(history.past)
        return EncodedFrame(payload=pack_header(header), keyframe=False)

    def _empty_history(self, device: torch.device) -> History:
        height, width = latent_size(self._width, self._height)
        return History.empty(self._exact.config.latent_channels, height, width, device)
