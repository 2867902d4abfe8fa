"""What a generator is trained by: MSE, perceptual, adversarial and temporal loss on consecutive pictures."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from codec.layers import place
from codec.metrics.efficientnet import EfficientNetLite0
from codec.metrics.lpips import lpips_vgg
from codec.training.config import AdversarialConfig
from codec.training.discriminator import DiscriminatorTrainer, PicturePairs
from codec.training.losses import Perceptual
from codec.training.processes import Processes

STILL_BELOW = 2.0 / 255
"""Where two source pictures differ by less, the decoded ones should not differ either."""


class PairLoss:
    """The loss of every stage that trains a generator, and the discriminator's half of it."""

    def __init__(self, config: AdversarialConfig, condition_channels: int, processes: Processes) -> None:
        """Load the frozen features; WeightsMissingError where the folder of weights lacks them."""
        self._config = config
        self._backbone = place(EfficientNetLite0(config.weights_dir), config.device)
        self._perceptual = Perceptual(self._backbone)
        self._lpips = place(lpips_vgg(config.weights_dir), config.device) if config.lpips_weight else None
        self._discriminator = DiscriminatorTrainer(config, condition_channels, processes)
        self._pairs: tuple[PicturePairs, PicturePairs] | None = None  # real and generated

    @property
    def discriminator(self) -> nn.Module:
        """What a checkpoint keeps beside the generator."""
        return self._discriminator.discriminator

    def __call__(
        self, rgb: Tensor, out: Tensor, condition: Tensor, progress: float
    ) -> tuple[Tensor, dict[str, float]]:
        """Return the generator's loss and its parts.

        Args:
            rgb: sources [2B, 3, H, W]: first all previous pictures, then all current ones.
            out: what the generator made of them, likewise.
            condition: what the current pictures were made from, [B, C, H/16, W/16].
            progress: of the stage, 0 to 1.
        """
        config = self._config
        with torch.no_grad():
            wanted = self._backbone(rgb)
        got = self._backbone(out)
        real, fake = _pairs(wanted, rgb, condition), _pairs(got, out, condition)
        self._pairs = real, fake.detached()
        parts = {
            "mse": (out - rgb).square().mean(),
            "perceptual": self._perceptual.distance(wanted, got).mean(),
            "adversarial": self._discriminator.adversarial_loss(fake),
            "flicker": _flicker(real, fake),
        }
        loss = (
            config.mse_weight * parts["mse"]
            + config.perceptual_weight * parts["perceptual"]
            + self._discriminator.loss_weight(progress) * parts["adversarial"]
            + config.temporal_weight * parts["flicker"]
        )
        if self._lpips is not None:
            some = config.lpips_pictures
            parts["lpips"] = self._lpips(out[-some:], rgb[-some:]).mean()
            loss = loss + config.lpips_weight * parts["lpips"]
        return loss, {name: float(value.detach()) for name, value in parts.items()}

    def discriminator_step(self) -> dict[str, float]:
        """Take the discriminator's step on the pictures of the last call; return its loss by name."""
        assert self._pairs is not None
        return {"discriminator": self._discriminator.step(*self._pairs)}


def _pairs(taps: list[Tensor], pictures: Tensor, condition: Tensor) -> PicturePairs:
    """Split pictures [2B, 3, H, W], first all previous ones, into pairs."""
    count = len(condition)
    return PicturePairs(
        taps=[tap[count:] for tap in taps],
        previous=pictures[:count],
        current=pictures[count:],
        condition=condition,
    )


def _flicker(real: PicturePairs, fake: PicturePairs) -> Tensor:
    """Return how much the decoded pictures differ where the source stands still."""
    still = ((real.current - real.previous).abs().amax(dim=1, keepdim=True) < STILL_BELOW).float()
    return (still * (fake.current - fake.previous).abs()).mean()
