"""Synthesis (the generator): latents to a picture. Float, on the receiver only, replaceable."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from narrowcast.codec.latent.analysis import LATENT_SCALE
from narrowcast.codec.latent.config import ModelConfig
from narrowcast.codec.layers import (
    QualityGain,
    block_transform,
    blocks,
    lrelu,
    merge_transform,
    select_latents,
)


class Synthesis(nn.Module):
    """Latents y_hat [B, C, H/16, W/16] to RGB [B, 3, H, W], about [0, 1] (not clamped).

    ::

        y_hat -> 1x1 -> * gain(q) -> blocks at 1/16 -> shuffle 2 -> blocks at 1/8
              -> (1x1 -> shuffle 8) + (head at 1/4 -> shuffle 4) -> rgb

    The head's 3x3 convolutions at 1/4 overlap, so that the 8-pixel lattice of the shuffle can be
    painted over.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        fine, wide, latents = config.fine_channels, config.wide_channels, config.latent_channels
        detail = config.detail_channels
        self.stem = nn.Conv2d(latents, wide, 1)
        self.gain = QualityGain(wide, config.quality_knots)
        self.wide = blocks(config.synthesis_wide_blocks, wide)
        self.up = nn.Conv2d(wide, 4 * fine, 1)
        self.fine = blocks(config.synthesis_fine_blocks, fine)
        self.base = nn.Conv2d(fine, 3 * 64, 1)
        self.detail_in = nn.Conv2d(fine, 4 * detail, 1)
        self.detail_mix = nn.Conv2d(detail, detail, 3, padding=1)
        self.detail_out = nn.Conv2d(detail, 3 * 16, 3, padding=1)
        self._start_from_dct(fine, wide, latents)

    @torch.no_grad()
    def _start_from_dct(self, fine: int, wide: int, latents: int) -> None:
        for conv in (self.stem, self.up, self.base):
            assert conv.bias is not None
            conv.bias.zero_()
            conv.weight.mul_(0.1)
        chosen = torch.from_numpy(select_latents(fine, wide, latents)).float()
        self.stem.weight += chosen.T[:, :, None, None] / LATENT_SCALE
        merged = torch.from_numpy(merge_transform(fine, wide)).float()  # [wide, fine, 2, 2]
        self.up.weight += merged.permute(1, 2, 3, 0).reshape(4 * fine, wide)[:, :, None, None]
        block = torch.from_numpy(block_transform(fine)).float()  # [fine, 192]
        self.base.weight += block.T[:, :, None, None]
        nn.init.zeros_(self.detail_out.weight)
        assert self.detail_out.bias is not None
        nn.init.zeros_(self.detail_out.bias)

    def forward(self, y_hat: Tensor, gain: Tensor) -> Tensor:
        """Map y_hat and gain [B, wide, 1, 1] (from `self.gain(q)`) to rgb."""
        x = self.wide(self.stem(y_hat) * gain)
        x = self.fine(functional.pixel_shuffle(self.up(x), 2))
        detail = lrelu(functional.pixel_shuffle(self.detail_in(x), 2))
        detail = self.detail_out(lrelu(self.detail_mix(detail)) + detail)
        base = functional.pixel_shuffle(self.base(x), 8)
        return base + functional.pixel_shuffle(detail, 4) + 0.5
