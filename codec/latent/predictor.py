"""The predictor (entropy model): from the reference frames, a mean and a scale row for every latent.

Both sides run it on the same integers and must get the same integers; see integer.py. Two passes
over a checkerboard (He et al. 2021), with the two halves of the channels on opposite squares, so
that the second pass sees half of every position's own latents as well as its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from narrowcast.codec.latent.config import SCALE_ROWS, ModelConfig
from narrowcast.codec.latent.integer import TrainedConv2d, shift_right

MEAN_UNIT = 4
"""Means are multiples of 4 units of 1/64: fine enough beside steps of 16 units and more."""

REFERENCE_SHIFT = 4
"""Reference frame 1 enters in units of 1/4, +-32."""

CHANGE_SHIFT = 2
"""The change between the reference frames, and the innovation, enter in units of 1/16, +-8."""

HEAD_START = 0.1
"""The heads' first weights are this much smaller than the others'."""

ConvFactory = Callable[..., nn.Module]


def checkerboard(channels: int, height: int, width: int, device: torch.device | None = None) -> Tensor:
    """Return the mask of the first pass, [1, C, h, w] of 0 and 1; the second pass is its complement."""
    square = torch.arange(height, device=device)[:, None] + torch.arange(width, device=device)[None, :]
    half = (torch.arange(channels, device=device) >= channels // 2).long()
    return ((square[None] + half[:, None, None]) % 2 == 0).float()[None]


def neighbourhood(changed: Tensor) -> Tensor:
    """Map values [B, C, h, w] to [B, 1, h, w]: 1 where any channel is not 0 within 3x3, else 0."""
    flag = (changed.abs().amax(dim=1, keepdim=True) > 0).to(changed.dtype)
    return functional.max_pool2d(flag, 3, stride=1, padding=1)


def apply_dead_zone(shift: Tensor, dead_zone: Tensor) -> Tensor:
    """Make shifts smaller than the dead zone 0, straight through.

    The dead zone is half a quantiser step on inter frames. A smaller shift of the mean saves next to no
    bits, but it changes y_hat where nothing is coded, which opens the gate there for the next frame: frame
    by frame, such shifts would pile up to a speckle all over the picture.
    """
    kept = torch.where(shift.abs() >= dead_zone, shift, torch.zeros_like(shift))
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
    """The layers of both passes; `conv` picks training or exact ones.

    Their names enter the model id and weights files, and therefore stay as they are.
    """

    def __init__(self, config: ModelConfig, conv: ConvFactory = TrainedConv2d) -> None:
        super().__init__()
        latents, width = config.latent_channels, config.predictor_channels
        self.past_in = conv(2 * latents, width)
        self.past_blocks = nn.Sequential(ExactBlock(width, conv), ExactBlock(width, conv))
        self.first_head = conv(width, 2 * latents, low=-2048, high=2047)
        self.seen_in = conv(latents + width, width)
        self.seen_blocks = nn.Sequential(ExactBlock(width, conv), ExactBlock(width, conv))
        self.second_head = conv(width, 2 * latents, low=-2048, high=2047)
        for head in (self.first_head, self.second_head):
            if isinstance(head, TrainedConv2d):  # start near "reference 1, with middling scale"
                head.weight.data.mul_(HEAD_START)


class FirstPass(nn.Module):
    """Predicts from the reference frames alone."""

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
        """Return features, where something moved, means and scale rows.

        Args:
            reference_1: y_hat of the last reference frame, integers in units of 1/64 [B, C, h, w].
            reference_2: y_hat of the reference frame before that [B, C, h, w].
            entry: what quality and phase add to the features [B, W, 1, 1].
            rows: what they add to the scale rows [B, C, 1, 1].
            dead_zone: the smallest shift of a mean that counts [B, C, 1, 1]; see apply_dead_zone.
            keyframe: 1 where there is no reference frame, else 0 [1, 1, 1, 1].

        Returns:
            context [B, W, h, w], gate [B, 1, h, w] (1 where something moved), mean and row [B, C, h, w].
        """
        gate = torch.maximum(neighbourhood(reference_1 - reference_2), keyframe)
        change = shift_right(reference_1 - reference_2, CHANGE_SHIFT)
        inputs = torch.cat([shift_right(reference_1, REFERENCE_SHIFT), change], dim=1)
        context = self.predictor.past_blocks((self.predictor.past_in(inputs) + entry).clamp(-128, 127))
        head = self.predictor.first_head(context)
        return context, gate, *_mean_and_row(head, reference_1, gate, rows, dead_zone)


class SecondPass(nn.Module):
    """Predicts again, knowing what the first pass coded."""

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
        """Return mean and row; innovation: y_hat less the mean where the first pass coded, else 0."""
        gate = torch.maximum(gate, neighbourhood(innovation))
        x = self.predictor.seen_in(torch.cat([shift_right(innovation, CHANGE_SHIFT), context], dim=1))
        x = self.predictor.seen_blocks((x + context).clamp(-128, 127))
        return _mean_and_row(self.predictor.second_head(x), reference_1, gate, rows, dead_zone)


def _mean_and_row(
    head: Tensor, reference_1: Tensor, gate: Tensor, rows: Tensor, dead_zone: Tensor
) -> tuple[Tensor, Tensor]:
    shift, row = head.chunk(2, dim=1)
    mean = reference_1 + apply_dead_zone(gate * shift * MEAN_UNIT, dead_zone)
    return mean, (row + rows).clamp(0, SCALE_ROWS - 1)
