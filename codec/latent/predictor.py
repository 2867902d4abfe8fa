"""The exact predictor and prior: from the history, a mean and a scale row for every latent.

Both sides run it on the same integers and must get the same integers; see integer.py. Two passes
over a checkerboard (He et al. 2021), with the two halves of the channels on opposite squares, so
that the second pass sees half of every position's own latents as well as its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import torch
from torch import Tensor, nn
from torch.nn import functional

from codec.latent.config import ModelConfig
from codec.latent.integer import TrainedConv2d, round_through, shift_right

SCALE_ROWS = 64
"""Rows of the entropy model's table, log-spaced in sigma (see entropy.py)."""

MEAN_UNIT = 4
"""Means are multiples of 4 units of 1/64: fine enough beside steps of 16 units and more."""

PAST_SHIFT = 4
"""The past enters in units of 1/4, +-32."""

CHANGE_SHIFT = 2
"""What changed enters in units of 1/16, +-8."""

FIRST_ROW = 30.0
"""Scale row before training, sigma 2.3 steps."""

HEAD_START = 0.1
"""The heads' first weights are this much smaller than the others'."""

ConvFactory = Callable[..., nn.Module]


class Phase(IntEnum):
    """What the predictor knows of the past."""

    KEYFRAME = 0
    "nothing"
    AFTER_KEYFRAME = 1
    "one frame"
    INTER = 2
    "two frames"


@dataclass(frozen=True)
class Prediction:
    """What one pass says of all latents."""

    mean: Tensor
    "integers in units of 1/64 [B, C, h, w]"
    row: Tensor
    "row of the scale table, 0 to 63 [B, C, h, w]"


def checkerboard(channels: int, height: int, width: int, device: torch.device | None = None) -> Tensor:
    """Return the mask of the first pass, [1, C, h, w] of 0 and 1; the second pass is its complement."""
    square = torch.arange(height, device=device)[:, None] + torch.arange(width, device=device)[None, :]
    half = (torch.arange(channels, device=device) >= channels // 2).long()
    return ((square[None] + half[:, None, None]) % 2 == 0).float()[None]


def neighbourhood(changed: Tensor) -> Tensor:
    """Map values [B, C, h, w] to [B, 1, h, w]: 1 where any channel is not 0 within 3x3, else 0."""
    flag = (changed.abs().amax(dim=1, keepdim=True) > 0).to(changed.dtype)
    return functional.max_pool2d(flag, 3, stride=1, padding=1)


def drop_small(shift: Tensor, least: Tensor) -> Tensor:
    """Keep shifts of at least half of `least` and make the others 0, straight through.

    `least` is the quantiser step on inter frames. A smaller shift saves next to no bits, but it
    changes y_hat where nothing is coded, which opens the gate there for the next frame: frame by
    frame, such shifts would pile up to a speckle all over the picture.
    """
    kept = torch.where(2 * shift.abs() >= least, shift, torch.zeros_like(shift))
    return shift + (kept - shift).detach()


class ExactBlock(nn.Module):
    """Depthwise 3x3, then two 1x1 with a ReLU between, residual; all in int8."""

    def __init__(self, channels: int, conv: ConvFactory) -> None:
        super().__init__()
        self.depthwise = conv(channels, channels, 3, groups=channels)
        self.widen = conv(channels, channels, low=0)
        self.narrow = conv(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, C, h, w] to the same shape."""
        mixed: Tensor = self.narrow(self.widen(self.depthwise(x)))
        return (x + mixed).clamp(-128, 127)


class Predictor(nn.Module):
    """Two passes from history to means and scale rows; `conv` picks training or exact layers."""

    def __init__(self, config: ModelConfig, conv: ConvFactory = TrainedConv2d) -> None:
        super().__init__()
        latents, width = config.latent_channels, config.predictor_channels
        self.latents = latents
        self.past_in = conv(2 * latents, width)
        self.past_blocks = nn.Sequential(ExactBlock(width, conv), ExactBlock(width, conv))
        self.first_head = conv(width, 2 * latents, low=-2048, high=2047)
        self.seen_in = conv(latents + width, width)
        self.seen_blocks = nn.Sequential(ExactBlock(width, conv), ExactBlock(width, conv))
        self.second_head = conv(width, 2 * latents, low=-2048, high=2047)
        for head in (self.first_head, self.second_head):
            if isinstance(head, TrainedConv2d):  # start near "the past, with middling scale"
                head.weight.data.mul_(HEAD_START)

    def context(self, past: Tensor, before: Tensor, entry: Tensor) -> Tensor:
        """Turn the last two y_hat (integers [B, C, h, w]) into features [B, W, h, w].

        entry: integers [B, W, 1, 1], what quality and phase add (see Conditions).
        """
        inputs = torch.cat([shift_right(past, PAST_SHIFT), shift_right(past - before, CHANGE_SHIFT)], dim=1)
        x: Tensor = (self.past_in(inputs) + entry).clamp(-128, 127)
        features: Tensor = self.past_blocks(x)
        return features

    def first(self, context: Tensor, past: Tensor, gate: Tensor, rows: Tensor, least: Tensor) -> Prediction:
        """Predict from the past alone.

        gate: 0 where nothing moved, else 1 [B, 1, h, w].
        least: twice the smallest shift away from the past that counts, see drop_small [B, C, 1, 1].
        """
        return self._prediction(self.first_head(context), past, gate, rows, least)

    def second(
        self, context: Tensor, news: Tensor, past: Tensor, gate: Tensor, rows: Tensor, least: Tensor
    ) -> Prediction:
        """Predict again, knowing `news`: y_hat minus the first mean where the first pass coded, else 0."""
        gate = torch.maximum(gate, neighbourhood(news))
        x = self.seen_in(torch.cat([shift_right(news, CHANGE_SHIFT), context], dim=1))
        x = self.seen_blocks((x + context).clamp(-128, 127))
        return self._prediction(self.second_head(x), past, gate, rows, least)

    def _prediction(
        self, head: Tensor, past: Tensor, gate: Tensor, rows: Tensor, least: Tensor
    ) -> Prediction:
        shift, row = head[:, : self.latents], head[:, self.latents :]
        mean = past + drop_small(gate * shift * MEAN_UNIT, least)
        return Prediction(mean=mean, row=(row + rows).clamp(0, SCALE_ROWS - 1))


class Conditions(nn.Module):
    """What quality and phase add to the predictor, in training; shipped as integer tables."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        knots = config.quality_knots
        self.exact = False
        self.entry = nn.Parameter(torch.zeros(len(Phase), knots, config.predictor_channels))
        self.rows = nn.Parameter(torch.full((len(Phase), knots, config.latent_channels), FIRST_ROW / 16))

    def forward(self, phase: Tensor, q: Tensor) -> tuple[Tensor, Tensor]:
        """Map phase [B] and q [B] in [0, 1] to (entry [B, W, 1, 1], rows [B, C, 1, 1])."""
        entry = 16 * _interpolate(self.entry[phase], q)
        rows = 16 * _interpolate(self.rows[phase], q)
        if self.exact:
            entry, rows = round_through(entry), round_through(rows)
        return entry[:, :, None, None], rows[:, :, None, None]


def _interpolate(knots: Tensor, q: Tensor) -> Tensor:
    """Interpolate knots [B, K, C] at q [B] linearly to [B, C]."""
    last = knots.shape[1] - 1
    position = q.clamp(0, 1) * last
    low = position.floor().clamp(max=last - 1).long()
    fraction = (position - low)[:, None]
    batch = torch.arange(len(q), device=q.device)
    return knots[batch, low] * (1 - fraction) + knots[batch, low + 1] * fraction
