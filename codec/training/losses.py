"""Losses by name: rate, distortion, perceptual, adversarial."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from narrowcast.codec.latent.entropy import SIGMA_MIN, SIGMA_STEP
from narrowcast.codec.metrics.efficientnet import EfficientNetLite0
from narrowcast.codec.metrics.feature_distance import FeatureDistance

AdversarialKind = Literal["hinge", "non_saturating", "wgan_gp"]


def rate_bits(residual: Tensor, row: Tensor) -> Tensor:
    """Return the bits of each residual (in steps) under a Gaussian of the row's sigma.

    Uniform noise stands in for rounding (Balle et al. 2017).
    """
    return symbol_bits(residual + torch.rand_like(residual) - 0.5, row)


def symbol_bits(symbol: Tensor, row: Tensor) -> Tensor:
    """Return the bits of each symbol (in steps, rounded or noisy) under a Gaussian of the row's sigma.

    log(Phi(a) - Phi(b)) is taken through log_ndtr, so that outliers keep a gradient.
    """
    distance = symbol.abs()
    sigma = SIGMA_MIN * torch.exp(row * SIGMA_STEP)
    upper = torch.special.log_ndtr((0.5 - distance) / sigma)
    lower = torch.special.log_ndtr((-0.5 - distance) / sigma)
    log_likelihood = upper + torch.log1p(-torch.exp((lower - upper).clamp(max=-1e-6)))
    bits: Tensor = -log_likelihood / math.log(2)
    return bits


class Perceptual(FeatureDistance):
    """Distance of EfficientNet-Lite0 features, each position normalised over channels (Zhang et al. 2018)."""

    def __init__(self, backbone: EfficientNetLite0) -> None:
        super().__init__()
        self.backbone = backbone

    def features(self, rgb: Tensor) -> list[Tensor]:
        """Return the features at the backbone's taps."""
        taps: list[Tensor] = self.backbone(rgb)
        return taps

    def distance(self, wanted: list[Tensor], got: list[Tensor]) -> Tensor:
        """Return one distance a picture [B] from features at the backbone's taps."""
        return perceptual_distance(wanted, got)


def perceptual_distance(wanted: list[Tensor], got: list[Tensor]) -> Tensor:
    """Return one distance a picture [B] from features at each tap, [B, C, h, w]."""
    total = torch.zeros(got[0].shape[0], device=got[0].device)
    for a, b in zip(wanted, got, strict=True):
        difference = functional.normalize(a.float(), dim=1) - functional.normalize(b.float(), dim=1)
        total = total + difference.square().sum(dim=1).mean(dim=(1, 2))
    return total / len(got)


COARSE_CELL = 4
"""Pixels a side of the cells whose means are compared: the generator's finest grid."""

TEXTURE_WINDOW = 8
"""Positions a side of the windows of a tap whose statistics are compared."""


def coarse_error(rgb: Tensor, out: Tensor) -> Tensor:
    """Return the mean squared error of the means of 4x4 pixels of pictures [B, 3, H, W]."""
    return functional.avg_pool2d(out - rgb, COARSE_CELL).square().mean()


def texture_difference(wanted: list[Tensor], got: list[Tensor]) -> Tensor:
    """Return how far local means and deviations of features are apart: texture of any phase will do.

    Args:
        wanted: features at each tap, [B, C, h, w].
        got: features of the other pictures, likewise; a channel is divided by the power of what was wanted.
    """
    total = torch.zeros((), device=got[0].device)
    for want, have in zip(wanted, got, strict=True):
        want, have = want.float(), have.float()
        power = want.square().mean(dim=(0, 2, 3), keepdim=True) + 1e-4
        means, deviations = zip(_local_statistics(want), _local_statistics(have), strict=True)
        difference = (means[1] - means[0]).square() + (deviations[1] - deviations[0]).square()
        total = total + (difference / power).mean()
    return total / len(got)


def _local_statistics(tap: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and deviation of each window of a tap."""
    window = min(TEXTURE_WINDOW, *tap.shape[2:])
    mean = functional.avg_pool2d(tap, window)
    variance = functional.avg_pool2d(tap.square(), window) - mean.square()
    return mean, variance.clamp(min=1e-6).sqrt()


def discriminator_loss(real: Tensor, fake: Tensor, kind: AdversarialKind) -> Tensor:
    """Return what the discriminator minimises, from logits of any shape.

    Hinge (Lim & Ye 2017), the non-saturating loss L_D = -E[log D(x)] - E[log(1 - D(G))] (Goodfellow
    et al. 2014), or the Wasserstein critic (Gulrajani et al. 2017; its penalty is added by the caller).
    """
    if kind == "hinge":
        return functional.relu(1 - real).mean() + functional.relu(1 + fake).mean()
    if kind == "non_saturating":
        return functional.softplus(-real).mean() + functional.softplus(fake).mean()
    return fake.mean() - real.mean()


def generator_loss(fake: Tensor, kind: AdversarialKind) -> Tensor:
    """Return what the generator minimises: -E[log D(G)], or -E[D(G)] for hinge and Wasserstein."""
    if kind == "non_saturating":
        return functional.softplus(-fake).mean()
    return -fake.mean()
