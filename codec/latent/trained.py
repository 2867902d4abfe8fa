"""The latent codec's shared half in training: steps, conditions and predictor as functions with gradients."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from narrowcast.codec.latent.config import Y_UNIT, ModelConfig
from narrowcast.codec.latent.integer import TrainedConv2d, round_through
from narrowcast.codec.latent.passes import CodedHalf, CodingPasses, FrameConditions, Prediction
from narrowcast.codec.latent.predictor import FirstPass, Predictor, SecondPass
from narrowcast.codec.latent.reference import Phase, ReferenceState
from narrowcast.codec.layers import QualityGain, interpolate

STEP_AT_ZERO = 2.0
STEP_AT_ONE = 0.25
"""Quantiser steps at q = 0 and q = 1 before training, in latents (1.0 is 64 units)."""

FIRST_ROW = 30.0
"""Scale row before training, sigma 2.3 steps."""

CONDITION_GAIN = 16.0
"""Conditions train in units of 16, so that one rate of learning fits them and the weights."""


@dataclass(frozen=True, kw_only=True)
class CodedLatents:
    """A frame's latents as both passes coded them, each [B, C, h, w]."""

    y_hat: Tensor
    "reconstruction in units of 1/64"
    mean: Tensor
    "what was predicted, units of 1/64"
    row: Tensor
    "scale row that each residual is coded with"
    symbols: Tensor
    "residuals in whole steps: what is written"


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

    def step(self, q: Tensor) -> Tensor:
        """Map q [B] in [0, 1] to quantiser steps, units of 1/64 [B, C, 1, 1]."""
        step: Tensor = (Y_UNIT * self.steps(q)).clamp(min=1.0)
        return step

    def forward(
        self, y: Tensor, q: Tensor, state: ReferenceState, dead_zones: Tensor | None = None
    ) -> CodedLatents:
        """Code latents y [B, C, h, w] (units of 1/64) of quality q [B] from the reference frames.

        dead_zones: residuals under this many steps become 0, by scale row [64]; None rounds plainly.
        """
        entry, rows = self.conditions(state.phase, q)
        keyframe = state.phase == Phase.KEYFRAME
        conditions = FrameConditions(step=self.step(q), entry=entry, rows=rows, keyframe=keyframe)
        quantiser = StraightThroughQuantiser(y, dead_zones)
        y_hat = self._passes.code(state, conditions, quantiser)
        return CodedLatents(y_hat=y_hat, mean=quantiser.mean, row=quantiser.row, symbols=quantiser.symbols)


class StraightThroughQuantiser:
    """Rounds residuals to whole steps, the gradient passing as if nothing had happened, and keeps them."""

    def __init__(self, y: Tensor, dead_zones: Tensor | None) -> None:
        """Take latents [B, C, h, w] in units of 1/64, and dead zones in steps by scale row [64] or None."""
        self._y, self._dead_zones = y, dead_zones
        self.mean = self.row = self.symbols = torch.zeros_like(y)
        "what was coded so far, as in CodedLatents"

    def residual(self, prediction: Prediction, step: Tensor, half: CodedHalf) -> Tensor:
        """Quantise this half of y around the prediction; zeros elsewhere."""
        unrounded = (self._y - prediction.mean) / step
        rounded = round_through(unrounded) * half.mask
        if self._dead_zones is not None:
            rounded = rounded * (unrounded.abs() >= self._dead_zones[prediction.row.detach().round().long()])
        self.mean = torch.where(half.mask, prediction.mean, self.mean)
        self.row = torch.where(half.mask, prediction.row, self.row)
        self.symbols = self.symbols + rounded
        return rounded
