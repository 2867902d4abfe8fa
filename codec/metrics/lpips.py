"""LPIPS (Zhang et al. 2018), v0.1: a loss of training, and a metric of the benchmark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from codec.metrics.backbones import load_features
from codec.metrics.vgg16 import Vgg16, max_pooling

SHIFT = (-0.030, -0.088, -0.188)
SCALE = (0.458, 0.448, 0.450)
"""Of pictures in [-1, 1], before the backbone."""


class Lpips(nn.Module):
    """Learned perceptual image patch similarity: 0 for identical pictures; gradients flow to them."""

    def __init__(self, backbone: nn.Module, heads: Sequence[Tensor]) -> None:
        """Take a backbone that maps [B, 3, H, W] to feature maps, and one head [1, C, 1, 1] for each."""
        super().__init__()
        self.backbone = backbone
        self.count = len(heads)
        for index, head in enumerate(heads):
            self.register_buffer(f"head{index}", head)
        for name, values in (("shift", SHIFT), ("scale", SCALE)):
            self.register_buffer(name, torch.tensor(values).view(1, 3, 1, 1))

    def forward(self, rgb: Tensor, target: Tensor) -> Tensor:
        """Return one distance a picture [B]; rgb and target [B, 3, H, W] in [0, 1]."""
        with torch.no_grad():
            wanted = self.features(target)
        return self.distance(wanted, self.features(rgb))

    def features(self, rgb: Tensor) -> list[Tensor]:
        """Return the feature maps, each position normalised over channels."""
        x = (2 * rgb - 1 - self.get_buffer("shift")) / self.get_buffer("scale")
        return [tap / (tap.norm(dim=1, keepdim=True) + 1e-10) for tap in self.backbone(x)]

    def distance(self, wanted: list[Tensor], got: list[Tensor], counts: Tensor | None = None) -> Tensor:
        """Return one distance a picture [B] from what `features` gave.

        Args:
            wanted: features of one picture.
            got: features of the other.
            counts: how much each pixel counts, [B, 1, H, W], not 0 everywhere; None for all alike.
        """
        total = torch.zeros(len(got[0]), device=got[0].device)
        for index, (a, b) in enumerate(zip(wanted, got, strict=True)):
            weighed = functional.conv2d((a - b).square(), self.get_buffer(f"head{index}"))
            if counts is None:
                total = total + weighed.mean(dim=(1, 2, 3))
            else:
                share = functional.adaptive_avg_pool2d(counts, (weighed.shape[2], weighed.shape[3]))
                total = total + (share * weighed).sum(dim=(1, 2, 3)) / share.sum(dim=(1, 2, 3))
        return total


def heads_of(weights: Mapping[str, Tensor]) -> list[Tensor]:
    """Return the five heads [1, C, 1, 1] of a backbone, in order, from their published file's content."""
    return [weights[f"lin{index}.model.1.weight"] for index in range(5)]


def lpips_vgg(weights_dir: Path) -> Lpips:
    """Load LPIPS through VGG16; WeightsMissingError where the folder lacks it."""
    backbone = Vgg16(load_features(weights_dir, "vgg16_features"), max_pooling)
    return Lpips(backbone, heads_of(load_features(weights_dir, "lpips_vgg_heads")))
