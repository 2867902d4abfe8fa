"""The exact half of the codec: what sender and receiver compute alike, bit for bit.

Tables indexed by quality level, the frozen predictor, and the two passes that turn symbols into
y_hat. The encoder hands in a source of symbols that quantises, the decoder one that decodes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .config import Q_LEVELS, Y_LIMIT, Y_UNIT, ModelConfig
from .entropy import EntropyTables, gaussian_tables
from .errors import WeightsError
from .history import History
from .integer import ExactConv2d, TrainedConv2d
from .latents import LatentCoder
from .predictor import Phase, Prediction, Predictor, checkerboard, neighbourhood

MODEL_ID_DIGITS = 16


class SymbolSource(Protocol):
    """Gives the residuals of one pass."""

    def residual(self, prediction: Prediction, step: Tensor, mask: Tensor) -> Tensor:
        """Return integers [1, C, h, w]; only where mask (bool, same shape) is set do they count."""
        ...


@dataclass(frozen=True)
class ExactFrame:
    """What coding one frame's latents gave."""

    y_hat: Tensor
    "integers in units of 1/64 [1, C, h, w]"
    unchanged: bool
    "y_hat is the past, latent for latent"


class ExactModel(nn.Module):
    """Integer tables and predictor; `model_id` hashes them."""

    steps: Tensor
    entry: Tensor
    rows: Tensor
    counts: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        latents, width = config.latent_channels, config.predictor_channels
        self.config = config
        self.predictor = Predictor(config, conv=ExactConv2d)
        self.register_buffer("steps", torch.ones(Q_LEVELS, latents, dtype=torch.int16))
        self.register_buffer("entry", torch.zeros(len(Phase), Q_LEVELS, width, dtype=torch.int16))
        self.register_buffer("rows", torch.zeros(len(Phase), Q_LEVELS, latents, dtype=torch.int16))
        self.register_buffer("counts", torch.from_numpy(gaussian_tables()))
        self.tables: EntropyTables | None = None

    @staticmethod
    @torch.no_grad()
    def from_trained(coder: LatentCoder, config: ModelConfig) -> ExactModel:
        """Round a trained coder to its integers; AccumulatorOverflowError where one cannot be exact."""
        model = ExactModel(config)
        state = {
            f"predictor.{name}.{part}": value
            for name, layer in coder.predictor.named_modules()
            if isinstance(layer, TrainedConv2d)
            for part, value in layer.integers().items()
        }
        q = torch.arange(Q_LEVELS) / (Q_LEVELS - 1)
        state["steps"] = (Y_UNIT * coder.steps(q)[:, :, 0, 0]).round().clamp(1, 32767).to(torch.int16)
        tables = [coder.conditions(torch.full((Q_LEVELS,), int(phase)), q) for phase in Phase]
        for name, index in (("entry", 0), ("rows", 1)):
            values = torch.stack([pair[index][:, :, 0, 0] for pair in tables])
            state[name] = torch.floor(values + 0.5).clamp(-32768, 32767).to(torch.int16)
        state["counts"] = torch.from_numpy(gaussian_tables())
        model.load_state_dict(state)
        return model

    @property
    def model_id(self) -> str:
        """Hash of every shared integer: equal on two machines exactly when they can talk."""
        digest = hashlib.sha256()
        for name, value in sorted(self.state_dict().items()):
            array = value.cpu().numpy()
            digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
            digest.update(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
        return digest.hexdigest()[:MODEL_ID_DIGITS]

    def prepare(self) -> None:
        """Fold the integers for use and prove that every sum is exact; WeightsError on broken tables."""
        for module in self.modules():
            if isinstance(module, ExactConv2d):
                module.fold()
        if int(self.steps.min()) < 1:
            raise WeightsError("quantiser steps below 1 in the weights file; install it again")
        self.tables = EntropyTables(self.counts.cpu().numpy())

    @torch.inference_mode()
    def code(self, history: History, q_level: int, source: SymbolSource) -> ExactFrame:
        """Run both passes against a history; `source` quantises (sender) or decodes (receiver)."""
        past = history.past
        step = self.steps[q_level].float()[None, :, None, None]
        entry = self.entry[history.phase, q_level].float()[None, :, None, None]
        rows = self.rows[history.phase, q_level].float()[None, :, None, None]
        mask = self._mask(past)
        if history.phase == Phase.KEYFRAME:
            gate = torch.ones_like(past[:, :1])
        else:
            gate = neighbourhood(past - history.before)

        context = self.predictor.context(past, history.before, entry)
        first = self.predictor.first(context, past, gate, rows)
        y_first = _dequantise(first.mean, source.residual(first, step, mask), step)
        news = (y_first - first.mean) * mask
        second = self.predictor.second(context, news, past, gate, rows)
        y_second = _dequantise(second.mean, source.residual(second, step, ~mask), step)
        y_hat = torch.where(mask, y_first, y_second)
        return ExactFrame(y_hat=y_hat, unchanged=bool(torch.equal(y_hat, past)))

    def _mask(self, like: Tensor) -> Tensor:
        _, channels, height, width = like.shape
        return checkerboard(channels, height, width, like.device) > 0


def _dequantise(mean: Tensor, residual: Tensor, step: Tensor) -> Tensor:
    return (mean + residual * step).clamp(-Y_LIMIT, Y_LIMIT)


def ordered(values: Tensor, mask: Tensor) -> NDArray[np.float32]:
    """Return values [1, C, h, w] where mask is set, in the order channel, row, column."""
    array: NDArray[np.float32] = values.contiguous(memory_format=torch.contiguous_format).cpu().numpy()
    flags = mask.expand_as(values).contiguous(memory_format=torch.contiguous_format).cpu().numpy()
    return np.asarray(array[flags], dtype=np.float32)
