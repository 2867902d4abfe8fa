"""The exact half of the codec: what sender and receiver compute alike, bit for bit.

Tables indexed by quality level, the frozen predictor, and the two passes that turn symbols into
y_hat. The encoder hands in a source of symbols that quantises, the decoder one that decodes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import torch
from torch import Tensor, nn

from codec.backends import Backend, TorchBackend
from codec.errors import BitstreamError, WeightsError
from codec.latent.config import Q_LEVELS, Y_LIMIT, Y_UNIT, ModelConfig
from codec.latent.entropy import EntropyTables, gaussian_tables
from codec.latent.history import History
from codec.latent.integer import AccumulatorOverflowError, ExactConv2d, TrainedConv2d
from codec.latent.latents import LatentCoder
from codec.latent.passes import Passes, proven_passes
from codec.latent.predictor import Phase, Prediction, Predictor, checkerboard

MODEL_ID_DIGITS = 16


@dataclass(frozen=True)
class CodedHalf:
    """The latents that one pass codes, N of them, and the order in which they are coded."""

    mask: Tensor
    "bool [1, C, h, w]: what belongs to the pass"
    places: Tensor
    "where each is in channels-last memory, in the order channel, row, column [N]"
    channels: Tensor
    "the channel of each [N]"

    def gather(self, values: Tensor) -> Tensor:
        """Return values [1, C, h, w] of this half, in coding order [N]."""
        return values.permute(0, 2, 3, 1).reshape(-1).index_select(0, self.places)

    def scatter(self, values: Tensor) -> Tensor:
        """Put values [N] back in place, [1, C, h, w], with zeros elsewhere; inverse of gather."""
        _, channels, height, width = self.mask.shape
        full = values.new_zeros(channels * height * width).scatter_(0, self.places, values)
        return full.view(1, height, width, channels).permute(0, 3, 1, 2)


@lru_cache(maxsize=8)
def coded_halves(channels: int, height: int, width: int, device: torch.device) -> tuple[CodedHalf, CodedHalf]:
    """Return what the first and the second pass code; kept, since no frame changes it."""
    first = (checkerboard(channels, height, width, device) > 0).contiguous(memory_format=torch.channels_last)
    return _half(first), _half(~first)


def _half(mask: Tensor) -> CodedHalf:
    _, channels, height, width = mask.shape
    channel, row, column = mask[0].nonzero(as_tuple=True)
    return CodedHalf(mask=mask, places=(row * width + column) * channels + channel, channels=channel)


class SymbolSource(Protocol):
    """Gives the residuals of one pass."""

    def residual(self, prediction: Prediction, step: Tensor, half: CodedHalf) -> Tensor:
        """Return integers [1, C, h, w], zeros outside the half; step is [1, C, 1, 1]."""
        ...


@dataclass(frozen=True)
class ExactFrame:
    """What coding one frame's latents gave."""

    y_hat: Tensor
    "integers in units of 1/64 [1, C, h, w]"


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
        self._passes: Passes | None = None

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
        try:
            for module in self.modules():
                if isinstance(module, ExactConv2d):
                    module.fold()
            self.tables = EntropyTables(self.counts.cpu().numpy())
        except (AccumulatorOverflowError, BitstreamError, ValueError) as error:
            raise WeightsError(f"the weights cannot be used ({error}); install narrowcast again") from error
        if int(self.steps.min()) < 1:
            raise WeightsError("quantiser steps below 1 in the weights file; install it again")

    def use(self, backend: Backend, height: int, width: int) -> ExactModel:
        """Compile the predictor for latents of this size; torch runs it unless this is called."""
        self.to(backend.device)
        with torch.inference_mode():
            self._passes = proven_passes(self.predictor, self.config, backend, height, width)
        return self

    @torch.inference_mode()
    def code(self, history: History, q_level: int, source: SymbolSource) -> ExactFrame:
        """Run both passes against a history; `source` quantises (sender) or decodes (receiver)."""
        past = history.past
        if self._passes is None:
            self.use(TorchBackend(past.device.type), *past.shape[2:])
        assert self._passes is not None
        step = self.steps[q_level].float()[None, :, None, None]
        entry = self.entry[history.phase, q_level].float()[None, :, None, None]
        rows = self.rows[history.phase, q_level].float()[None, :, None, None]
        fresh = history.phase == Phase.KEYFRAME
        least = torch.zeros_like(step) if fresh else step
        first_half, second_half = coded_halves(*past.shape[1:], past.device)
        opened = torch.full((1, 1, 1, 1), float(fresh), device=past.device)

        context, gate, *predicted = self._passes.first(past, history.before, entry, rows, least, opened)
        first = Prediction(*predicted)
        y_first = _dequantise(first.mean, source.residual(first, step, first_half), step)
        news = torch.where(first_half.mask, y_first - first.mean, 0.0)
        second = Prediction(*self._passes.second(context, news, past, gate, rows, least))
        y_second = _dequantise(second.mean, source.residual(second, step, second_half), step)
        y_hat = torch.where(first_half.mask, y_first, y_second)
        return ExactFrame(y_hat=y_hat)


def _dequantise(mean: Tensor, residual: Tensor, step: Tensor) -> Tensor:
    return (mean + residual * step).clamp(-Y_LIMIT, Y_LIMIT)
