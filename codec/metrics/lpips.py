"""LPIPS (Zhang et al. 2018), v0.1: a loss of training, and a metric of the benchmark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from narrowcast.codec.api import Rgb
from narrowcast.codec.metrics.feature_distance import FeatureDistance
from narrowcast.codec.metrics.networks import AlexNet, Vgg16, load_weights, max_pooling

SHIFT = (-0.030, -0.088, -0.188)
SCALE = (0.458, 0.448, 0.450)
"""Of pictures in [-1, 1], before the backbone."""

STAGES = 5
"""Feature maps that VGG16 and AlexNet give, each with its head."""


class Lpips(FeatureDistance):
    """Learned perceptual image patch similarity: 0 for identical pictures."""

    # Our own rather than the package `lpips`: that one needs torchvision, and has no masks.

    def __init__(self, backbone: nn.Module, heads: Sequence[Tensor]) -> None:
        """Take a backbone that maps [B, 3, H, W] to feature maps, and one head [1, C, 1, 1] for each."""
        super().__init__()
        self.backbone = backbone
        for index, head in enumerate(heads):
            self.register_buffer(f"head{index}", head)
        for name, values in (("shift", SHIFT), ("scale", SCALE)):
            self.register_buffer(name, torch.tensor(values).view(1, 3, 1, 1))

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

    @torch.inference_mode()
    def masked_score(self, reference: Rgb, candidate: Rgb, mask: NDArray[np.bool_]) -> float:
        """Return the distance of two pictures where the mask [H, W] is set, which it must be somewhere."""
        wanted, got = self.features_of(reference), self.features_of(candidate)
        counts = torch.from_numpy(mask).to(got[0].device)[None, None].float()
        return float(self.distance(wanted, got, counts))


def _heads_of(weights: Mapping[str, Tensor]) -> list[Tensor]:
    """Return the heads [1, C, 1, 1] of a backbone, in order, from their published file's content."""
    return [weights[f"lin{index}.model.1.weight"] for index in range(STAGES)]


def lpips_vgg(weights_dir: Path | None) -> Lpips:
    """Load LPIPS through VGG16; WeightsMissingError where the folder lacks it."""
    backbone = Vgg16(load_weights(weights_dir, "vgg16_features"), max_pooling)
    return Lpips(backbone, _heads_of(load_weights(weights_dir, "lpips_vgg_heads")))


def lpips_alex(weights_dir: Path | None) -> Lpips:
    """Load LPIPS through AlexNet; WeightsMissingError where the folder lacks it."""
    backbone = AlexNet(load_weights(weights_dir, "alexnet_features"))
    return Lpips(backbone, _heads_of(load_weights(weights_dir, "lpips_alex_heads")))
