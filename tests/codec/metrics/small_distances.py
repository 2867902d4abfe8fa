"""Perceptual distances with small random networks."""

from __future__ import annotations

import torch

from narrowcast.codec.metrics.dists import Dists
from narrowcast.codec.metrics.lpips import Lpips
from narrowcast.codec.metrics.networks import AlexNet, Vgg16, l2_pooling, max_pooling
from tests.codec.metrics.network_samples import alexnet_state, vgg16_state


def random_heads() -> list[torch.Tensor]:
    """Return heads of LPIPS for five stages of four channels."""
    return [torch.rand((1, 4, 1, 1), generator=torch.Generator().manual_seed(stage)) for stage in range(5)]


def small_lpips_vgg() -> Lpips:
    """Return LPIPS through a narrow VGG16."""
    return Lpips(Vgg16(vgg16_state(4), max_pooling), random_heads())


def small_lpips_alex() -> Lpips:
    """Return LPIPS through a narrow AlexNet."""
    return Lpips(AlexNet(alexnet_state(4)), random_heads())


def small_dists() -> Dists:
    """Return DISTS through a narrow VGG16."""
    weights = torch.rand((2, 1, 3 + 5 * 4, 1, 1), generator=torch.Generator().manual_seed(0))
    return Dists(Vgg16(vgg16_state(4), l2_pooling), weights[0], weights[1])
