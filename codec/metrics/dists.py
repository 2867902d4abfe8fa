"""DISTS (Ding et al. 2020): the distance that forgives texture which differs only in its sample."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from narrowcast.codec.metrics.feature_distance import FeatureDistance
from narrowcast.codec.metrics.networks import Vgg16, l2_pooling, load_weights

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""Of pictures in [0, 1], before the backbone."""

EPSILON = 1e-6
"""Keeps the two ratios finite where a feature map is empty (Ding et al. 2020)."""


class Dists(FeatureDistance):
    """Deep image structure and texture similarity: 0 for identical pictures."""

    # Our own rather than the package `dists-pytorch`: that one needs torchvision and its download of VGG16.

    def __init__(self, backbone: nn.Module, alpha: Tensor, beta: Tensor) -> None:
        """Take a backbone and the weights of texture and structure: one for each channel compared."""
        super().__init__()
        total = alpha.sum() + beta.sum()
        self.backbone = backbone
        for name, values in (("shift", IMAGENET_MEAN), ("scale", IMAGENET_STD)):
            self.register_buffer(name, torch.tensor(values).view(1, 3, 1, 1))
        self.register_buffer("texture_weights", (alpha / total).flatten())
        self.register_buffer("structure_weights", (beta / total).flatten())

    def features(self, rgb: Tensor) -> list[Tensor]:
        """Return the pictures themselves and the backbone's stages, each [B, C, pixels]."""
        normalised = (rgb - self.get_buffer("shift")) / self.get_buffer("scale")
        return [tap.flatten(2) for tap in (rgb, *self.backbone(normalised))]

    def distance(self, wanted: list[Tensor], got: list[Tensor]) -> Tensor:
        """Return one distance a picture [B] from what `features` gave."""
        pairs = [_texture_and_structure(a, b) for a, b in zip(wanted, got, strict=True)]
        texture = torch.cat([pair[0] for pair in pairs], dim=1)
        structure = torch.cat([pair[1] for pair in pairs], dim=1)
        similarity = texture @ self.get_buffer("texture_weights")
        return 1 - (similarity + structure @ self.get_buffer("structure_weights"))


def _texture_and_structure(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Compare a stage [B, C, pixels] by its channels' means, and by how these vary together: each [B, C]."""
    mean_a, mean_b = a.mean(2), b.mean(2)
    centred_a, centred_b = a - mean_a[..., None], b - mean_b[..., None]
    covariance = (centred_a * centred_b).mean(2)
    variances = centred_a.square().mean(2) + centred_b.square().mean(2)
    texture = (2 * mean_a * mean_b + EPSILON) / (mean_a**2 + mean_b**2 + EPSILON)
    return texture, (2 * covariance + EPSILON) / (variances + EPSILON)


def dists(weights_dir: Path | None) -> Dists:
    """Load DISTS; WeightsMissingError where the folder lacks it."""
    weights = load_weights(weights_dir, "dists_alpha_beta")
    backbone = Vgg16(load_weights(weights_dir, "vgg16_features"), l2_pooling)
    return Dists(backbone, weights["alpha"], weights["beta"])
