"""LPIPS as a loss: zero for equal pictures, one distance a picture, gradients to the pictures."""

from __future__ import annotations

import torch

from codec.metrics.lpips import Lpips
from codec.metrics.vgg16 import Vgg16, max_pooling
from tests.codec.training.feature_samples import vgg16_state


def small_lpips() -> Lpips:
    return Lpips(Vgg16(vgg16_state(4), max_pooling), [torch.full((1, 4, 1, 1), 0.25)] * 5)


def test_each_picture_has_a_distance_of_its_own() -> None:
    pictures = torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    other = pictures.clone()
    other[1] = 1 - other[1]
    distance = small_lpips()(other, pictures)
    assert distance[0] == distance[2] == 0.0 < distance[1].item()


def test_following_the_gradient_brings_a_picture_nearer() -> None:
    generator = torch.Generator().manual_seed(1)
    target = torch.rand(1, 3, 64, 64, generator=generator)
    start = (target + 0.2 * torch.randn(target.shape, generator=generator)).requires_grad_()
    lpips = small_lpips()
    before = lpips(start, target)
    (gradient,) = torch.autograd.grad(before.sum(), start)
    assert all(not parameter.requires_grad for parameter in lpips.parameters())
    step = 1e-3 * gradient / gradient.abs().max()
    assert lpips(start.detach() - step, target).item() < before.item()
