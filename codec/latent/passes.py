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
from torch import Tensor

from narrowcast.codec.backends import Runner
from narrowcast.codec.latent.config import Y_LIMIT
from narrowcast.codec.latent.predictor import checkerboard
from narrowcast.codec.latent.reference import ReferenceState


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


@dataclass(frozen=True)
class Prediction:
    """What one pass says of all latents."""

    mean: Tensor
    "integers in units of 1/64 [B, C, h, w]"
    row: Tensor
    "row of the scale table, 0 to 63 [B, C, h, w]"


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

    def code(self, state: ReferenceState, conditions: FrameConditions, residuals: ResidualCoder) -> Tensor:
        """Return a frame's y_hat [B, C, h, w]; `residuals` quantises y, or reads what was written."""
        reference_1, step = state.reference_1, conditions.step
        rows, dead_zone = conditions.rows, conditions.dead_zone
        first_half, second_half = coded_halves(*reference_1.shape[1:], reference_1.device)
        keyframe = reference_1.new_full((1, 1, 1, 1), float(conditions.keyframe))

        context, gate, *predicted = self.first(
            reference_1, state.reference_2, conditions.entry, rows, dead_zone, keyframe
        )
        first = Prediction(*predicted)
        y_first = dequantise(first.mean, residuals.residual(first, step, first_half), step)

        innovation = torch.where(first_half.mask, y_first - first.mean, 0.0)
        second = Prediction(*self.second(context, innovation, reference_1, gate, rows, dead_zone))
        y_second = dequantise(second.mean, residuals.residual(second, step, second_half), step)
        return torch.where(first_half.mask, y_first, y_second)


def dequantise(mean: Tensor, symbols: Tensor, step: Tensor) -> Tensor:
    """Return y_hat in units of 1/64, within the limits of latents."""
    return (mean + symbols * step).clamp(-Y_LIMIT, Y_LIMIT)
