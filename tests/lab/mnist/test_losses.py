"""Tests of lab/mnist/losses.py: the formulas, and that every loss moves both players the right way."""

from __future__ import annotations

import math
from typing import get_args

import pytest
import torch

from narrowcast.lab.mnist.digits import to_unit
from narrowcast.lab.mnist.losses import (
    WEIGHT_CLIP,
    Adversary,
    LossName,
    betas_of,
    discriminator_steps,
    gradient_penalty,
)
from narrowcast.lab.mnist.networks import DigitDiscriminator
from tests.lab.drawn_digits import drawn

LOSSES = get_args(LossName)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_discriminator_learns_to_tell_and_the_fakes_learn_to_be_taken_for_real(loss: LossName) -> None:
    torch.manual_seed(0)
    adversary = Adversary(loss, 1e-3)
    real, fake = to_unit(drawn(32, 0).pictures), torch.rand(32, 1, 28, 28)
    figures = [adversary.step(real, fake) for _ in range(15)]
    margins = [each["D real"] - each["D fake"] for each in figures]
    assert margins[-1] > margins[0] and figures[-1]["L_D"] < figures[0]["L_D"]
    before = float(adversary.generator_loss(fake).detach())
    for _ in range(10):
        fake = fake.detach().requires_grad_(True)
        (gradient,) = torch.autograd.grad(adversary.generator_loss(fake), fake)
        fake = (fake - 0.05 * gradient.sign()).clamp(0, 1)
    assert float(adversary.generator_loss(fake).detach()) < before


def test_bce_has_both_terms() -> None:
    adversary = Adversary("bce", 1e-3)
    with torch.no_grad():
        for weight in adversary.discriminator.parameters():
            weight.zero_()
    pictures = torch.rand(4, 1, 28, 28)
    assert adversary.step(pictures, pictures)["L_D"] == pytest.approx(2 * math.log(2))
    assert float(Adversary("bce", 1e-3).generator_loss(pictures).detach()) == pytest.approx(
        math.log(2), abs=0.2
    )


def test_clipped_weights_stay_within_the_clip() -> None:
    adversary = Adversary("wgan", 1e-2)
    adversary.step(torch.rand(4, 1, 28, 28), torch.rand(4, 1, 28, 28))
    assert (
        max(float(weight.detach().abs().max()) for weight in adversary.discriminator.parameters())
        <= WEIGHT_CLIP
    )


def test_the_penalty_is_zero_where_the_slope_is_one() -> None:
    class Slope(DigitDiscriminator):
        def __init__(self, slope: float) -> None:
            super().__init__()
            self.slope = slope

        def forward(self, digits: torch.Tensor) -> torch.Tensor:
            return self.slope * digits.flatten(1)[:, 0]

    pictures = torch.rand(3, 1, 28, 28), torch.rand(3, 1, 28, 28)
    assert float(gradient_penalty(Slope(1.0), *pictures)) == pytest.approx(0)
    assert float(gradient_penalty(Slope(3.0), *pictures)) == pytest.approx(4)


def test_a_critic_takes_more_steps_and_no_momentum() -> None:
    assert [discriminator_steps(loss) for loss in LOSSES] == [1, 5, 5, 1]
    assert betas_of("wgan-gp")[0] == 0 < betas_of("bce")[0]
