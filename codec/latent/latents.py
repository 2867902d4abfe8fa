"""Coding latents in training: quantisation and both passes of the predictor, differentiable."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from codec.latent.config import Y_UNIT, ModelConfig
from codec.latent.integer import TrainedConv2d, round_through
from codec.latent.predictor import Conditions, Phase, Prediction, Predictor, checkerboard, neighbourhood
from codec.layers import QualityGain

STEP_AT_ZERO = 2.0
STEP_AT_ONE = 0.25
"""Quantiser steps at q = 0 and q = 1 before training, in latents (1.0 is 64 units)."""


@dataclass(frozen=True)
class CodedLatents:
    """What coding y gives."""

    y_hat: Tensor
    "reconstruction in units of 1/64 [B, C, h, w]"
    residual: Tensor
    "unrounded difference to the prediction, in steps [B, C, h, w]"
    symbols: Tensor
    "the same rounded, dead zone applied: what is written [B, C, h, w]"
    row: Tensor
    "scale row each residual is coded with [B, C, h, w]"


class LatentCoder(nn.Module):
    """Quantiser steps, predictor and conditions: all that both sides share, in training form."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.steps = QualityGain(config.latent_channels, config.quality_knots, STEP_AT_ZERO, STEP_AT_ONE)
        self.conditions = Conditions(config)
        self.predictor = Predictor(config)

    def set_exact(self, exact: bool) -> None:
        """Switch fake quantisation of the predictor on or off."""
        for module in self.modules():
            if isinstance(module, TrainedConv2d | Conditions):
                module.exact = exact

    def forward(
        self,
        y: Tensor,
        q: Tensor,
        phase: Tensor,
        past: Tensor,
        before: Tensor,
        dead_zones: Tensor | None = None,
    ) -> CodedLatents:
        """Code latents y [B, C, h, w] (units of 1/64) of quality q [B] from the last two y_hat.

        phase: Phase of each sample [B]; past and before are zeros where there is no history.
        dead_zones: residuals under this many steps become 0, by scale row [64]; None rounds plainly.
        """
        step = (Y_UNIT * self.steps(q)).clamp(min=1.0)
        entry, rows = self.conditions(phase, q)
        context = self.predictor.context(past, before, entry)
        keyframe = (phase == Phase.KEYFRAME).to(y.dtype)[:, None, None, None]
        gate = torch.maximum(neighbourhood(past - before), keyframe)
        least = step.detach() * (1 - keyframe)
        mask = checkerboard(y.shape[1], y.shape[2], y.shape[3], y.device)

        first = self.predictor.first(context, past, gate, rows, least)
        symbols_first = quantise(y, first, step, dead_zones)
        y_first = first.mean + symbols_first * step
        news = (y_first - first.mean) * mask
        second = self.predictor.second(context, news, past, gate, rows, least)
        symbols_second = quantise(y, second, step, dead_zones)
        y_second = second.mean + symbols_second * step

        mean = first.mean * mask + second.mean * (1 - mask)
        return CodedLatents(
            y_hat=y_first * mask + y_second * (1 - mask),
            residual=(y - mean) / step,
            symbols=symbols_first * mask + symbols_second * (1 - mask),
            row=first.row * mask + second.row * (1 - mask),
        )


def quantise(y: Tensor, prediction: Prediction, step: Tensor, dead_zones: Tensor | None) -> Tensor:
    """Round y's difference to the prediction to whole steps, straight through."""
    residual = (y - prediction.mean) / step
    rounded = round_through(residual)
    if dead_zones is None:
        return rounded
    return rounded * (residual.abs() >= dead_zones[prediction.row.detach().round().long()])
