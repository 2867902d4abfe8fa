"""Tests of lab/mnist/networks.py: shapes, ranges, and a distance that is zero for equals."""

from __future__ import annotations

import torch

from narrowcast.lab.mnist.networks import (
    DigitDiscriminator,
    DigitEncoder,
    DigitGenerator,
    judge_network,
    perceptual_network,
    tap_distance,
)


def test_the_shapes_fit_together() -> None:
    digits = DigitGenerator(6)(torch.randn(3, 6))
    assert digits.shape == (3, 1, 28, 28) and digits.min() >= 0 and digits.max() <= 1
    assert DigitDiscriminator()(digits).shape == (3,)
    assert DigitEncoder(6)(digits).shape == (3, 6)
    assert judge_network()(digits).shape == (3, 10)


def test_the_judge_is_another_network_than_the_one_that_is_trained_on() -> None:
    sizes = [
        sum(weight.numel() for weight in make().parameters()) for make in (judge_network, perceptual_network)
    ]
    assert sizes[0] != sizes[1]


def test_the_distance_of_equals_is_zero_and_grows() -> None:
    torch.manual_seed(0)
    network, digits = judge_network(), torch.rand(4, 1, 28, 28)
    taps = network.taps(digits)
    near, far = network.taps(digits + 0.01), network.taps(1 - digits)
    assert float(tap_distance(taps, taps).detach()) == 0
    assert float(tap_distance(taps, near).detach()) < float(tap_distance(taps, far).detach())
