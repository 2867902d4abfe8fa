"""Analysis (the encoder network): a picture to latents. Float, on the sender only."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from narrowcast.codec.latent.config import Y_LIMIT, Y_UNIT, ModelConfig
from narrowcast.codec.layers import QualityGain, block_transform, blocks, merge_transform, select_latents

LATENT_SCALE = 3.0
"""At the start a latent is three times an orthonormal DCT coefficient of pixels in [0, 1]."""


class Analysis(nn.Module):
    """RGB [B, 3, H, W] in [0, 1] to latents y [B, C, H/16, W/16], H and W multiples of 16.

    ::

        rgb -> unshuffle 8 -> 1x1 -> blocks at 1/8 -> 2x2 stride 2 -> * gain(q) -> blocks at 1/16 -> 1x1 -> y
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        fine, wide, latents = config.fine_channels, config.wide_channels, config.latent_channels
        self.stem = nn.Conv2d(3 * 64, fine, 1)
        self.fine = blocks(config.analysis_fine_blocks, fine)
        self.down = nn.Conv2d(fine, wide, 2, stride=2)
        self.wide = blocks(config.analysis_wide_blocks, wide)
        self.head = nn.Conv2d(wide, latents, 1)
        self.gain = QualityGain(wide, config.quality_knots)
        self._start_from_dct(fine, wide, latents)

    @torch.no_grad()
    def _start_from_dct(self, fine: int, wide: int, latents: int) -> None:
        for conv in (self.stem, self.down, self.head):
            assert conv.bias is not None
            conv.bias.zero_()
        self.stem.weight.add_(-self.stem.weight * 0.9)
        self.stem.weight += torch.from_numpy(block_transform(fine)).float()[:, :, None, None]
        self.down.weight.mul_(0.1)
        self.down.weight += torch.from_numpy(merge_transform(fine, wide)).float()
        self.head.weight.mul_(0.1)
        chosen = torch.from_numpy(select_latents(fine, wide, latents)).float()
        self.head.weight += LATENT_SCALE * chosen[:, :, None, None]

    def forward(self, rgb: Tensor, gain: Tensor) -> Tensor:
        """Map rgb and gain [B, wide, 1, 1] (from `self.gain(q)`) to y."""
        # pixel-unshuffle by 8 and a 1x1 convolution, in one
        kernel = self.stem.weight.view(-1, 3, 8, 8)
        x = self.fine(functional.conv2d(rgb - 0.5, kernel, self.stem.bias, stride=8))
        x = self.wide(self.down(x) * gain)
        y: Tensor = self.head(x)
        return y


def to_units(y: Tensor) -> Tensor:
    """Round latents to whole units of 1/64, which are what is coded, within their limits."""
    return torch.floor(y * Y_UNIT + 0.5).clamp(-Y_LIMIT, Y_LIMIT)
