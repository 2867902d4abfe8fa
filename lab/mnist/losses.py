"""The adversarial game: which losses there are, and the discriminator's half of it.

With logits, D(x) = sigmoid(logit), and x real, G(z) generated:

    bce      L_D = -E[log D(x)] - E[log(1 - D(G(z)))],   L_G = -E[log D(G(z))]   (non-saturating)
    hinge    L_D = E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))],   L_G = -E[D(G(z))]
    wgan     L_D = E[D(G(z))] - E[D(x)],   L_G = -E[D(G(z))],   weights of D clipped to [-c, c]
    wgan-gp  the same, with + 10 E[(||grad D(x~)|| - 1)^2] instead of the clipping

In the last three D gives any number: D(x) is the logit itself.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from narrowcast.codec.training.losses import AdversarialKind, discriminator_loss, generator_loss
from narrowcast.lab.mnist.networks import DigitDiscriminator

LossName = Literal["bce", "wgan", "wgan-gp", "hinge"]

_KINDS: dict[LossName, AdversarialKind] = {
    "bce": "non_saturating",
    "wgan": "wgan_gp",
    "wgan-gp": "wgan_gp",
    "hinge": "hinge",
}
"""What the product's training calls them; it adds the penalty, or the clipping, where it is due."""

WASSERSTEIN = ("wgan", "wgan-gp")
CRITIC_STEPS = 5
"""Steps of a Wasserstein critic for each of the generator's: it has to be near its best (Arjovsky 2017)."""

GENERATOR_RATE = {"bce": 1e-3, "hinge": 1e-3, "wgan": 5e-4, "wgan-gp": 5e-4}
"""Learning rates of the generator, constant over the game."""

DISCRIMINATOR_RATE = 5e-4
"""Half of the generator's: at equal rates the discriminator is soon sure, and the generator learns little."""

PENALTY_WEIGHT = 10.0
WEIGHT_CLIP = 0.02


def discriminator_steps(loss: LossName) -> int:
    """How many steps the discriminator takes for each of the generator's."""
    return CRITIC_STEPS if loss in WASSERSTEIN else 1


def betas_of(loss: LossName) -> tuple[float, float]:
    """Adam's: less momentum than elsewhere, because the other player moves too; none under Wasserstein."""
    return (0.0, 0.9) if loss in WASSERSTEIN else (0.5, 0.999)


def gradient_penalty(discriminator: DigitDiscriminator, real: Tensor, fake: Tensor) -> Tensor:
    """E[(||grad D(x~)||_2 - 1)^2] at x~ on the lines between real and generated (Gulrajani et al. 2017)."""
    share = torch.rand(len(real), 1, 1, 1)
    between = (share * real + (1 - share) * fake).detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(discriminator(between).sum(), between, create_graph=True)
    penalty: Tensor = (gradient.flatten(1).norm(dim=1) - 1).square().mean()
    return penalty


class Adversary:
    """The discriminator and its optimiser: its step, and the loss that it gives a generator."""

    def __init__(self, loss: LossName, learning_rate: float = DISCRIMINATOR_RATE) -> None:
        self.loss = loss
        self.discriminator = DigitDiscriminator()
        self.optimizer = torch.optim.Adam(
            self.discriminator.parameters(), lr=learning_rate, betas=betas_of(loss)
        )

    def step(self, real: Tensor, fake: Tensor) -> dict[str, float]:
        """Take the discriminator's step on digits [B, 1, 28, 28]; return L_D, D(real) and D(fake)."""
        fake = fake.detach()
        on_real, on_fake = self.discriminator(real), self.discriminator(fake)
        total = discriminator_loss(on_real, on_fake, _KINDS[self.loss])
        if self.loss == "wgan-gp":
            total = total + PENALTY_WEIGHT * gradient_penalty(self.discriminator, real, fake)
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        if self.loss == "wgan":
            with torch.no_grad():
                for weight in self.discriminator.parameters():
                    weight.clamp_(-WEIGHT_CLIP, WEIGHT_CLIP)
        figures = {"L_D": total, "D real": on_real.mean(), "D fake": on_fake.mean()}
        return {name: float(value.detach()) for name, value in figures.items()}

    def generator_loss(self, fake: Tensor) -> Tensor:
        """L_G of generated digits, with its gradient to them."""
        return generator_loss(self.discriminator(fake), _KINDS[self.loss])
