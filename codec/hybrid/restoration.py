"""Restoration (the hybrid codec's generator): base picture to a better one. Float, on the receiver only."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from narrowcast.codec.hybrid.conditions import CONDITIONS
from narrowcast.codec.layers import blocks, lrelu
from narrowcast.errors import CodecError

GATE_SLOPE = 16.0
"""The memory of a cell of 4x4 pixels is forgotten where its mean change reaches 1/16 of the range."""

CELL = 4
"""Pixels a side of the finest grid."""

STEADY = 0.5
"""Share of the memory in what is painted where the base picture stands still: texture that stays put."""

MAX_MEMORY = 0.25
"""By how much the memory may differ from the base picture; more is not texture but something uncovered."""


@dataclass(frozen=True, kw_only=True)
class RestorationConfig:
    """Sizes of one generator; the defaults are the shipped "base" one."""

    fine_channels: int = 48
    "at 1/4"
    middle_channels: int = 96
    "at 1/8"
    wide_channels: int = 192
    "at 1/16"
    fine_blocks: int = 1
    "at 1/4, on the way down and again on the way up"
    middle_blocks: int = 1
    "at 1/8, on the way down and again on the way up"
    wide_blocks: int = 3
    "at 1/16"

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not isinstance(value, int) or not 1 <= value <= 1024:
                raise CodecError(f"restoration config: {name} must be from 1 to 1024, not {value!r}")


class Restoration(nn.Module):
    """Base picture and memory to a residual; 8.9 kMAC a pixel at the default sizes.

    ::

        base, gated memory -> unshuffle 4 -> 1x1 -> * gain + shift -> blocks at 1/4 ------------+
             -> blocks at 1/8 ----------------------------------------+                          |
             -> blocks at 1/16 -> shuffle 2 -> + -> blocks at 1/8 -> shuffle 2 -> + -> blocks at 1/4
             -> 3x3 -> shuffle 4 -> residual

    The memory is what was painted last, moved to where things are now (motion.moved), less the base picture
    (memory_of); cell by cell gated by how little the moved base picture changed: texture stays on what it was
    painted on. The last convolution starts at zero, so an
    untrained generator shows the base picture.
    """

    def __init__(self, config: RestorationConfig) -> None:
        super().__init__()
        fine, middle, wide = config.fine_channels, config.middle_channels, config.wide_channels
        self.gain_channels = 2 * fine
        modulation = nn.Linear(32, 2 * fine)
        self.condition = nn.Sequential(nn.Linear(CONDITIONS, 32), nn.LeakyReLU(0.1), modulation)
        self.stem = nn.Conv2d(6 * CELL**2 + 1, fine, 1)
        self.fine_in = blocks(config.fine_blocks, fine)
        self.to_middle = nn.Conv2d(fine, middle, 2, stride=2)
        self.middle_in = blocks(config.middle_blocks, middle)
        self.to_wide = nn.Conv2d(middle, wide, 2, stride=2)
        self.wide = blocks(config.wide_blocks, wide)
        self.from_wide = nn.Conv2d(wide, 4 * middle, 1)
        self.middle_out = blocks(config.middle_blocks, middle)
        self.from_middle = nn.Conv2d(middle, 4 * fine, 1)
        self.fine_out = blocks(config.fine_blocks, fine)
        self.head = nn.Conv2d(fine, 3 * CELL**2, 3, padding=1)
        for parameter in (*self.head.parameters(), *modulation.parameters()):
            nn.init.zeros_(parameter)

    def gain(self, conditions: Tensor) -> Tensor:
        """Map conditions [B, CONDITIONS] to gains and shifts [B, 2 fine, 1, 1]."""
        out: Tensor = self.condition(conditions)
        return out[:, :, None, None]

    def forward(self, base: Tensor, previous_base: Tensor, previous_residual: Tensor, gain: Tensor) -> Tensor:
        """Return the residual [B, 3, H, W]; pictures [B, 3, H, W] in [0, 1], H and W multiples of 16."""
        change = (base - previous_base).abs().mean(dim=1, keepdim=True)
        gate = functional.relu(1 - GATE_SLOPE * functional.avg_pool2d(change, CELL))
        picture = functional.pixel_unshuffle(base - 0.5, CELL)
        memory = functional.pixel_unshuffle(previous_residual, CELL) * gate
        fine = self.body(self.stem(torch.cat([picture, memory, gate], dim=1)), gain)
        cells = self.head(fine) * (1 - STEADY * gate) + STEADY * memory
        return functional.pixel_shuffle(cells, CELL)

    def body(self, fine: Tensor, gain: Tensor) -> Tensor:
        """Return what the head takes of what the stem gave, both [B, fine, H / 4, W / 4]."""
        factor, shift = gain.chunk(2, dim=1)
        fine = self.fine_in(lrelu(fine * (1 + factor) + shift))
        middle = self.middle_in(self.to_middle(fine))
        wide = self.wide(self.to_wide(middle))
        middle = self.middle_out(middle + functional.pixel_shuffle(self.from_wide(wide), 2))
        fine = self.fine_out(fine + functional.pixel_shuffle(self.from_middle(middle), 2))
        return lrelu(fine)


def memory_of(base: Tensor, moved_painted: Tensor) -> Tensor:
    """Return the memory [B, 3, H, W]: how what was painted last, moved, differs from the base picture."""
    return (moved_painted - base).clamp(-MAX_MEMORY, MAX_MEMORY)
