"""The discriminator: its maps of logits, its step, and what it tells the generator."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from narrowcast.codec.metrics.efficientnet import TAP_CHANNELS, TAP_STRIDES
from narrowcast.codec.training.config import AdversarialConfig
from narrowcast.codec.training.discriminator import Discriminator, DiscriminatorTrainer, PicturePairs
from narrowcast.codec.training.losses import AdversarialKind
from tests.codec.training.short_runs import ALONE

SIDE, CONDITION_CHANNELS = 64, 8


def make_pairs(level: float, *, requires_grad: bool = False) -> PicturePairs:
    """Two pairs whose pictures and features have one level."""

    def flat(*shape: int) -> torch.Tensor:
        return torch.full((2, *shape), level).requires_grad_(requires_grad)

    return PicturePairs(
        taps=[
            flat(channels, SIDE // stride, SIDE // stride)
            for channels, stride in zip(TAP_CHANNELS, TAP_STRIDES, strict=True)
        ],
        previous=flat(3, SIDE, SIDE),
        current=flat(3, SIDE, SIDE),
        condition=torch.zeros(2, CONDITION_CHANNELS, SIDE // 16, SIDE // 16),
    )


def make_trainer(kind: AdversarialKind = "hinge") -> DiscriminatorTrainer:
    torch.manual_seed(0)
    config = AdversarialConfig(
        run_dir=Path("unused"),
        cache_dir=Path("unused"),
        adversarial=kind,
        discriminator_rate=3e-3,
        adversarial_weight=0.5,
        adversarial_warmup=0.2,
    )
    return DiscriminatorTrainer(config, CONDITION_CHANNELS, ALONE)


def margin(trainer: DiscriminatorTrainer, real: PicturePairs, fake: PicturePairs) -> float:
    """How much better real pictures would serve the generator than its own."""
    with torch.no_grad():
        return float(trainer.adversarial_loss(fake) - trainer.adversarial_loss(real))


def test_there_is_a_map_for_each_tap_and_one_of_the_pair() -> None:
    maps = Discriminator(CONDITION_CHANNELS)(make_pairs(0.5))
    sides = [SIDE // stride for stride in TAP_STRIDES] + [SIDE // 8]
    assert [tuple(logits.shape) for logits in maps] == [(2, 1, side, side) for side in sides]


@pytest.mark.parametrize("kind", ["hinge", "non_saturating", "wgan_gp"])
def test_it_learns_to_tell_real_from_generated_and_moves_nothing_else(kind: AdversarialKind) -> None:
    trainer = make_trainer(kind)
    real, fake = make_pairs(0.8), make_pairs(0.2, requires_grad=True)
    before = margin(trainer, real, fake)
    losses = [trainer.step(real, fake) for _ in range(12)]
    assert losses[-1] < losses[0]
    assert margin(trainer, real, fake) > before
    assert all(part.grad is None for part in (*fake.taps, fake.previous, fake.current))


def test_its_loss_sends_a_gradient_to_the_generated_pictures() -> None:
    fake = make_pairs(0.2, requires_grad=True)
    torch.autograd.backward(make_trainer().adversarial_loss(fake))
    assert all(part.grad is not None for part in (*fake.taps, fake.previous, fake.current))


def test_the_weight_of_its_loss_rises_over_the_warm_up() -> None:
    trainer = make_trainer()
    assert [trainer.loss_weight(progress) for progress in (0.0, 0.1, 0.2, 1.0)] == [0.0, 0.25, 0.5, 0.5]
