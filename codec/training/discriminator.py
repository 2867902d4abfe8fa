"""The discriminator: heads on frozen features (projected) and a PatchGAN conditioned on the latents."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from codec.layers import lrelu
from codec.metrics.efficientnet import TAP_CHANNELS
from codec.metrics.realism_network import projected_head

PATCH_CHANNELS = (24, 48, 96)


class ProjectedHeads(nn.Module):
    """One small head on each tap of the frozen backbone (Sauer et al. 2021): logits a position."""

    def __init__(self) -> None:
        super().__init__()
        self.heads = nn.ModuleList(projected_head(channels) for channels in TAP_CHANNELS)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                spectral_norm(layer)

    def forward(self, taps: list[Tensor]) -> list[Tensor]:
        """Map features at the taps to logits [B, 1, h, w], one map a tap."""
        return [head(tap) for head, tap in zip(self.heads, taps, strict=True)]


class PatchPairs(nn.Module):
    """Looks at two consecutive pictures and the latents of the second (Isola et al. 2017): flicker shows."""

    def __init__(self, latents: int) -> None:
        super().__init__()
        first, second, third = PATCH_CHANNELS
        self.body = nn.Sequential(
            spectral_norm(nn.Conv2d(6, first, 4, stride=2, padding=1)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Conv2d(first, second, 4, stride=2, padding=1)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Conv2d(second, third, 4, stride=2, padding=1)),
        )
        self.condition = spectral_norm(nn.Conv2d(latents, third, 1))
        self.head = spectral_norm(nn.Conv2d(2 * third, 1, 3, padding=1))

    def forward(self, before: Tensor, now: Tensor, y_hat: Tensor) -> Tensor:
        """Map pictures [B, 3, H, W] and y_hat [B, C, H/16, W/16] to logits [B, 1, H/8, W/8]."""
        x = lrelu(self.body(torch.cat([before, now], dim=1) * 2 - 1))
        condition = lrelu(functional.interpolate(self.condition(y_hat), scale_factor=2.0))
        logits: Tensor = self.head(torch.cat([x, condition], dim=1))
        return logits


class Discriminator(nn.Module):
    """Both parts; every map of logits counts alike."""

    def __init__(self, latents: int) -> None:
        super().__init__()
        self.projected = ProjectedHeads()
        self.patch = PatchPairs(latents)

    def forward(self, taps: list[Tensor], before: Tensor, now: Tensor, y_hat: Tensor) -> list[Tensor]:
        """Return all logits: features are those of `now`."""
        return [*self.projected(taps), self.patch(before, now, y_hat)]
