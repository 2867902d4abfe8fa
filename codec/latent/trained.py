"""The latent codec's shared half in training: steps, conditions and predictor as functions with gradients."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from codec.latent.config import Y_UNIT, ModelConfig
from codec.latent.integer import TrainedConv2d, round_through
from codec.latent.passes import CodedHalf, CodingPasses, FirstPass, FrameConditions, SecondPass
from codec.latent.predictor import Prediction, Predictor
from codec.latent.reference import Phase, ReferenceState
from codec.layers import QualityGain, interpolate

STEP_AT_ZERO = 2.0
STEP_AT_ONE = 0.25
"""Quantiser steps at q = 0 and q = 1 before training, in latents (1.0 is 64 units)."""

FIRST_ROW = 30.0
"""Scale row before training, sigma 2.3 steps."""

CONDITION_GAIN = 16.0
"""Conditions train in units of 16, so that one rate of learning fits them and the weights."""


@dataclass(frozen=True, kw_only=True)
class TrainedLatents:
    """What coding y gives in training, both passes together."""

    y_hat: Tensor
    "reconstruction in units of 1/64 [B, C, h, w]"
    residual: Tensor
    "unrounded difference to the prediction, in steps [B, C, h, w]"
    symbols: Tensor
    "the same rounded, dead zone applied: what is written [B, C, h, w]"
    row: Tensor
    "scale row each residual is coded with [B, C, h, w]"


class Conditions(nn.Module):
    """What quality and phase add to the predictor; shipped as integer tables."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        knots = config.quality_knots
        self.exact = False
        self.entry = nn.Parameter(torch.zeros(len(Phase), knots, config.predictor_channels))
        first_row = FIRST_ROW / CONDITION_GAIN
        self.rows = nn.Parameter(torch.full((len(Phase), knots, config.latent_channels), first_row))

    def forward(self, phase: Phase, q: Tensor) -> tuple[Tensor, Tensor]:
        """Map a phase and q [B] in [0, 1] to (entry [B, W, 1, 1], rows [B, C, 1, 1])."""
        entry = CONDITION_GAIN * interpolate(self.entry[phase], q)
        rows = CONDITION_GAIN * interpolate(self.rows[phase], q)
        if self.exact:
            entry, rows = round_through(entry), round_through(rows)
        return entry[:, :, None, None], rows[:, :, None, None]


class TrainedModel(nn.Module):
    """Quantiser steps, conditions and predictor: all that both sides share, in training form.

    exact.ExactModel is the same in integers, made from this one.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.steps = QualityGain(config.latent_channels, config.quality_knots, STEP_AT_ZERO, STEP_AT_ONE)
        self.conditions = Conditions(config)
        self.predictor = Predictor(config)
        self._passes = CodingPasses(FirstPass(self.predictor), SecondPass(self.predictor))

    def set_exact(self, exact: bool) -> None:
        """Switch fake quantisation of the predictor on or off."""
        for module in self.modules():
            if isinstance(module, TrainedConv2d | Conditions):
                module.exact = exact

    def forward(
        self, y: Tensor, q: Tensor, state: ReferenceState, dead_zones: Tensor | None = None
    ) -> TrainedLatents:
        """Code latents y [B, C, h, w] (units of 1/64) of quality q [B] from the reference frames.

        dead_zones: residuals under this many steps become 0, by scale row [64]; None rounds plainly.
        """
        step = (Y_UNIT * self.steps(q)).clamp(min=1.0)
        entry, rows = self.conditions(state.phase, q)
        keyframe = state.phase == Phase.KEYFRAME
        conditions = FrameConditions(step=step, entry=entry, rows=rows, keyframe=keyframe)
        coded = self._passes.code(state, conditions, StraightThroughQuantiser(y, dead_zones))
        first, second = coded.first, coded.second
        mean = torch.where(coded.mask, first.prediction.mean, second.prediction.mean)
        return TrainedLatents(
            y_hat=coded.y_hat,
            residual=(y - mean) / step,
            symbols=first.residual + second.residual,
            row=torch.where(coded.mask, first.prediction.row, second.prediction.row),
        )


class StraightThroughQuantiser:
    """Rounds residuals to whole steps; the gradient passes as if nothing had happened."""

    def __init__(self, y: Tensor, dead_zones: Tensor | None) -> None:
        """Take latents [B, C, h, w] in units of 1/64, and dead zones in steps by scale row [64] or None."""
        self._y, self._dead_zones = y, dead_zones

    def residual(self, prediction: Prediction, step: Tensor, half: CodedHalf) -> Tensor:
        """Quantise this half of y around the prediction; zeros elsewhere."""
        unrounded = (self._y - prediction.mean) / step
        rounded = round_through(unrounded) * half.mask
        if self._dead_zones is None:
            return rounded
        return rounded * (unrounded.abs() >= self._dead_zones[prediction.row.detach().round().long()])
