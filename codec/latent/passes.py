"""The two coding passes: what training, the sender and the receiver all run to turn residuals into y_hat.

Three things differ between them and are handed in: the layers of the predictor (training or exact, see
integer.py), where the conditions come from (functions of quality in training, integer tables as
shipped), and what gives the residuals (quantiser.py, trained.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import torch
from torch import Tensor, nn

from codec.backends import Runner
from codec.latent.config import Y_LIMIT
from codec.latent.predictor import Prediction, Predictor, checkerboard, neighbourhood
from codec.latent.reference import ReferenceState


@dataclass(frozen=True)
class CodedHalf:
    """The latents that one pass codes, N of them, and the order in which they are coded."""

    mask: Tensor
    "bool [1, C, h, w]: what belongs to the pass"
    indices: Tensor
    "of each in channels-last memory, in the order channel, row, column [N]"
    channels: Tensor
    "the channel of each [N]"

    def gather(self, values: Tensor) -> Tensor:
        """Return values [1, C, h, w] of this half, in coding order [N]."""
        return values.permute(0, 2, 3, 1).reshape(-1).index_select(0, self.indices)

    def scatter(self, values: Tensor) -> Tensor:
        """Put values [N] back where they belong, [1, C, h, w], with zeros elsewhere; inverse of gather."""
        _, channels, height, width = self.mask.shape
        full = values.new_zeros(channels * height * width).scatter_(0, self.indices, values)
        return full.view(1, height, width, channels).permute(0, 3, 1, 2)


@lru_cache(maxsize=8)
def coded_halves(channels: int, height: int, width: int, device: torch.device) -> tuple[CodedHalf, CodedHalf]:
    """Return what the first and the second pass code; kept, since no frame changes it."""
    with torch.inference_mode(False):  # training keeps the masks for its gradients
        mask = checkerboard(channels, height, width, device) > 0
        first = mask.contiguous(memory_format=torch.channels_last)
        return _half(first), _half(~first)


def _half(mask: Tensor) -> CodedHalf:
    _, channels, height, width = mask.shape
    channel, row, column = mask[0].nonzero(as_tuple=True)
    return CodedHalf(mask=mask, indices=(row * width + column) * channels + channel, channels=channel)


class ResidualCoder(Protocol):
    """Gives the residuals of each pass: a quantiser where y is known, a reader where it is not."""

    def residual(self, prediction: Prediction, step: Tensor, half: CodedHalf) -> Tensor:
        """Return the differences to the mean in whole steps [B, C, h, w], 0 outside the half.

        step: of the quantiser, units of 1/64 [B, C, 1, 1].
        """
        ...


@dataclass(frozen=True, kw_only=True)
class FrameConditions:
    """What quality and phase set for one frame; integers as shipped."""

    step: Tensor
    "quantiser step, units of 1/64 [B, C, 1, 1]"
    entry: Tensor
    "added to the predictor's first features [B, W, 1, 1]"
    rows: Tensor
    "added to the scale rows [B, C, 1, 1]"
    keyframe: bool
    "there is no reference frame"

    @property
    def dead_zone(self) -> Tensor:
        """The smallest shift of a mean that counts, units of 1/64 [B, C, 1, 1]."""
        step = self.step.detach()
        return torch.zeros_like(step) if self.keyframe else step / 2


class FirstPass(nn.Module):
    """From the reference frames: features, where something moved, and the first means and rows."""

    def __init__(self, predictor: Predictor) -> None:
        super().__init__()
        self.predictor = predictor

    def forward(
        self,
        reference_1: Tensor,
        reference_2: Tensor,
        entry: Tensor,
        rows: Tensor,
        dead_zone: Tensor,
        keyframe: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return (context, gate, mean, row); keyframe [1, 1, 1, 1] is 1 without a reference frame, else 0."""
        gate = torch.maximum(neighbourhood(reference_1 - reference_2), keyframe)
        context = self.predictor.context(reference_1, reference_2, entry)
        first = self.predictor.first(context, reference_1, gate, rows, dead_zone)
        return context, gate, first.mean, first.row


class SecondPass(nn.Module):
    """From the features and what the first pass coded: the second means and rows."""

    def __init__(self, predictor: Predictor) -> None:
        super().__init__()
        self.predictor = predictor

    def forward(
        self,
        context: Tensor,
        innovation: Tensor,
        reference_1: Tensor,
        gate: Tensor,
        rows: Tensor,
        dead_zone: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return (mean, row)."""
        second = self.predictor.second(context, innovation, reference_1, gate, rows, dead_zone)
        return second.mean, second.row


@dataclass(frozen=True, kw_only=True)
class CodedPass:
    """What one pass predicted and coded."""

    prediction: Prediction
    "of all latents, also of those that the other pass codes"
    residual: Tensor
    "in whole steps, 0 where the other pass codes [B, C, h, w]"
    y_hat: Tensor
    "what both add up to, units of 1/64 [B, C, h, w]; holds where this pass codes"


@dataclass(frozen=True, kw_only=True)
class CodedLatents:
    """A frame's latents as both passes coded them."""

    y_hat: Tensor
    "reconstruction in units of 1/64 [B, C, h, w]"
    first: CodedPass
    "the half of `mask`"
    second: CodedPass
    "the other half"
    mask: Tensor
    "bool [1, C, h, w]: what the first pass coded"


class CodingPasses:
    """Both passes over one predictor, run as they are (training) or compiled (compiled_passes.py).

    ::

        references 1, 2 -> first pass -> mean, row -> residuals of one half -> innovation
                               |                                                   |
                               +--> context, gate --------> second pass <----------+
                                                                 |
                             y_hat <- residuals of the other half <- mean, row
    """

    def __init__(self, first: Runner, second: Runner) -> None:
        """Take a FirstPass and a SecondPass, or what a backend made of them."""
        self.first, self.second = first, second

    def code(
        self, state: ReferenceState, conditions: FrameConditions, residuals: ResidualCoder
    ) -> CodedLatents:
        """Run both passes on a frame; `residuals` quantises its latents, or reads what was written."""
        reference_1, reference_2 = state.reference_1, state.reference_2
        rows, dead_zone = conditions.rows, conditions.dead_zone
        first_half, second_half = coded_halves(*reference_1.shape[1:], reference_1.device)
        keyframe = reference_1.new_full((1, 1, 1, 1), float(conditions.keyframe))

        context, gate, mean, row = self.first(
            reference_1, reference_2, conditions.entry, rows, dead_zone, keyframe
        )
        first = _coded(Prediction(mean, row), conditions.step, first_half, residuals)
        innovation = torch.where(first_half.mask, first.y_hat - mean, 0.0)
        mean, row = self.second(context, innovation, reference_1, gate, rows, dead_zone)
        second = _coded(Prediction(mean, row), conditions.step, second_half, residuals)
        y_hat = torch.where(first_half.mask, first.y_hat, second.y_hat)
        return CodedLatents(y_hat=y_hat, first=first, second=second, mask=first_half.mask)


def _coded(prediction: Prediction, step: Tensor, half: CodedHalf, residuals: ResidualCoder) -> CodedPass:
    residual = residuals.residual(prediction, step, half)
    y_hat = (prediction.mean + residual * step).clamp(-Y_LIMIT, Y_LIMIT)
    return CodedPass(prediction=prediction, residual=residual, y_hat=y_hat)
