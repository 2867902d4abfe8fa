"""The four small networks: generator, discriminator, encoder, and the classifier that judges.

::

    z ~ N(0, I) -> G -> digit -> D -> score           a GAN: D learns to tell, G to be taken for real
    digit x -> E -> z_e -> quantised z_q -> G -> x_hat   a codec: E finds the z from which G paints this digit
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from narrowcast.lab.mnist.digits import CLASSES, SIDE

QUARTER = SIDE // 4
"""Side of the coarsest feature maps: 7."""

Taps = tuple[Tensor, Tensor, Tensor]


class DigitGenerator(nn.Module):
    """G: z [B, d] to digits [B, 1, 28, 28] in [0, 1], as DCGAN (Radford et al. 2016) in small."""

    def __init__(self, dimensions: int, wide: int = 64, fine: int = 32) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(dimensions, wide * QUARTER**2, bias=False),
            nn.Unflatten(1, (wide, QUARTER, QUARTER)),
            nn.BatchNorm2d(wide),
            nn.ReLU(),
            nn.ConvTranspose2d(wide, fine, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(fine),
            nn.ReLU(),
            nn.ConvTranspose2d(fine, 1, 4, stride=2, padding=1),
        )

    def forward(self, z: Tensor) -> Tensor:
        """Paint a batch of digits."""
        return torch.sigmoid(self.body(z))


class DigitDiscriminator(nn.Module):
    """D: digits [B, 1, 28, 28] to logits [B]; sigmoid(logit) is the probability of "real".

    It has no batch normalisation: the gradient penalty is of each digit by itself.
    """

    def __init__(self, fine: int = 32, wide: int = 64) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, fine, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(fine, wide, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(wide * QUARTER**2, 1),
        )

    def forward(self, digits: Tensor) -> Tensor:
        """Score a batch."""
        logits: Tensor = self.body(digits)
        return logits[:, 0]


class DigitEncoder(nn.Module):
    """E: digits [B, 1, 28, 28] to z_e [B, d], which the latent's quantiser rounds."""

    def __init__(self, dimensions: int, fine: int = 32, wide: int = 64, hidden: int = 256) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, fine, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(fine, wide, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(wide * QUARTER**2, hidden),
            nn.BatchNorm1d(hidden),
            nn.ReLU(),
            nn.Linear(hidden, dimensions),
        )

    def forward(self, digits: Tensor) -> Tensor:
        """Encode a batch."""
        z_e: Tensor = self.body(digits)
        return z_e


class DigitClassifier(nn.Module):
    """Digits [B, 1, 28, 28] to logits of the ten classes [B, 10]."""

    def __init__(self, fine: int, wide: int, hidden: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, fine, 3, padding=1)
        self.second = nn.Conv2d(fine, wide, 3, padding=1)
        self.hidden = nn.Linear(wide * QUARTER**2, hidden)
        self.out = nn.Linear(hidden, CLASSES)

    def taps(self, digits: Tensor) -> Taps:
        """Return what it sees: maps at 1/2 and 1/4, and the features [B, hidden] that it decides by."""
        first = functional.max_pool2d(functional.relu(self.first(digits)), 2)
        second = functional.max_pool2d(functional.relu(self.second(first)), 2)
        return first, second, functional.relu(self.hidden(second.flatten(1)))

    def forward(self, digits: Tensor) -> Tensor:
        """Classify a batch."""
        logits: Tensor = self.out(self.taps(digits)[-1])
        return logits


def judge_network() -> DigitClassifier:
    """The classifier that measures: accuracy on what was decoded, features for coverage. Never trained on."""
    return DigitClassifier(8, 16, 64)


def perceptual_network() -> DigitClassifier:
    """The classifier that the perceptual loss looks through: another size, another seed than the judge."""
    return DigitClassifier(10, 20, 48)


def tap_distance(wanted: Taps, got: Taps) -> Tensor:
    """Mean squared difference at each tap, divided by the tap's power, summed over the taps."""
    parts = [(a - b).square().mean() / (a.square().mean() + 1e-6) for a, b in zip(wanted, got, strict=True)]
    return torch.stack(parts).sum()
