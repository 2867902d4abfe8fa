"""The network of the realism score: EfficientNet-Lite0 features, and the discriminator's heads on them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from narrowcast.codec.metrics.efficientnet import TAP_CHANNELS, Lite0Features

REALISM_TAPS = 3
"""The score looks at 1/2, 1/4 and 1/8: texture. What is further up says what the picture shows."""

HEAD_CHANNELS = 48
HEAD_GROUPS = 8


def projected_head(channels: int) -> nn.Sequential:
    """Return a small head on one tap (Sauer et al. 2021): features to logits [B, 1, h, w]."""
    return nn.Sequential(
        nn.Conv2d(channels, HEAD_CHANNELS, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(HEAD_CHANNELS, HEAD_CHANNELS, 3, padding=1, groups=HEAD_CHANNELS // HEAD_GROUPS),
        nn.LeakyReLU(0.2),
        nn.Conv2d(HEAD_CHANNELS, 1, 1),
    )


class RealismNetwork(nn.Module):
    """Picture to one number: the mean logit of the discriminator's heads on texture."""

    def __init__(self) -> None:
        super().__init__()
        self.features = Lite0Features(REALISM_TAPS)
        self.heads = nn.ModuleList(projected_head(channels) for channels in TAP_CHANNELS[:REALISM_TAPS])

    def forward(self, rgb: Tensor) -> Tensor:
        """Map RGB [B, 3, H, W] in [0, 1] to mean logits [B]."""
        taps = self.features(rgb)
        logits = [head(tap).mean(dim=(1, 2, 3)) for head, tap in zip(self.heads, taps, strict=True)]
        return torch.stack(logits).mean(dim=0)
