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

STILL_SLOPE, HELD = 32.0, 0.6
"""Where a cell's mean change is below 1/32 of the range it counts as still, the more the smaller; where it
does not change at all, this share of what was shown stays."""

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
        factor, shift = gain.chunk(2, dim=1)
        fine = self.stem(torch.cat([picture, memory, gate], dim=1)) * (1 + factor) + shift
        fine = self.fine_in(lrelu(fine))
        middle = self.middle_in(self.to_middle(fine))
        wide = self.wide(self.to_wide(middle))
        middle = self.middle_out(middle + functional.pixel_shuffle(self.from_wide(wide), 2))
        fine = self.fine_out(fine + functional.pixel_shuffle(self.from_middle(middle), 2))
        cells = self.head(lrelu(fine)) * (1 - STEADY * gate) + STEADY * memory
        return functional.pixel_shuffle(cells, CELL)


def memory_of(base: Tensor, moved_painted: Tensor) -> Tensor:
    """Return the memory [B, 3, H, W]: how what was painted last, moved, differs from the base picture."""
    return (moved_painted - base).clamp(-MAX_MEMORY, MAX_MEMORY)


def held_share(base: Tensor, previous_base: Tensor) -> Tensor:
    """Return how much of the picture shown before stays, [B, 1, H, W]: some, where the base stands still.

    What is painted there settles within a few frames instead of changing with every one.
    """
    change = functional.avg_pool2d((base - previous_base).abs().mean(dim=1, keepdim=True), CELL)
    return functional.interpolate(HELD * functional.relu(1 - STILL_SLOPE * change), scale_factor=CELL)


class RestorationStep(nn.Module):
    """All that a decoder computes for a picture but motion, on pictures as OpenCV has them."""

    def __init__(self, restoration: Restoration) -> None:
        super().__init__()
        self.restoration = restoration

    def forward(
        self,
        base: Tensor,
        last_base: Tensor,
        moved_base: Tensor,
        moved_painted: Tensor,
        last_shown: Tensor,
        conditions: Tensor,
        shares: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Restore a picture; pictures are float [H, W, 3] in [0, 1], H and W multiples of STRIDE.

        Args:
            base: the base picture.
            last_base: the one before; the base picture itself where there is none, as in the next two.
            moved_base: that one, moved to where things are now.
            moved_painted: what was painted last, moved likewise.
            last_shown: what was shown last.
            conditions: [1, CONDITIONS].
            shares: [2]: what the residual is multiplied by for the picture to show; 1 if there was a picture
                before and 0 if not.

        Returns:
            The base picture with its whole residual, the picture to show, and that as uint8.
        """
        now, last, moved, painted, shown = (
            picture.permute(2, 0, 1)[None]
            for picture in (base, last_base, moved_base, moved_painted, last_shown)
        )
        gain = self.restoration.gain(conditions)
        residual = self.restoration(now, moved, memory_of(now, painted), gain).float()
        held = (shares[1] * held_share(now, last)).expand_as(now)
        to_show = (now + shares[0] * residual).lerp(shown, held)[0].permute(1, 2, 0)
        pixels = (to_show * 255 + 0.5).clamp(0, 255).to(torch.uint8)
        return (now + residual)[0].permute(1, 2, 0), to_show, pixels
