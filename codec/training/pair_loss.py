"""What a generator is trained by: MSE, perceptual, adversarial and temporal loss on consecutive pictures."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from codec.layers import place
from codec.metrics.backbones import EfficientNetLite0
from codec.metrics.lpips import lpips_vgg
from codec.training.adversary import Adversary, Pairs
from codec.training.config import AdversarialConfig
from codec.training.losses import Perceptual
from codec.training.processes import Processes
from narrowcast.errors import ConfigError

STILL_BELOW = 2.0 / 255
"""Where two source pictures differ by less, the decoded ones should not differ either."""


class PairLoss:
    """The loss of every stage that trains a generator, and the discriminator's half of it."""

    def __init__(self, config: AdversarialConfig, condition_channels: int, processes: Processes) -> None:
        """Load the frozen features; ConfigError without a folder of weights."""
        if config.weights_dir is None:
            raise ConfigError("this stage needs --weights, a folder with efficientnet_lite0.safetensors")
        self._config = config
        self._backbone = place(EfficientNetLite0(config.weights_dir), config.device)
        self._perceptual = Perceptual(self._backbone)
        self._lpips = place(lpips_vgg(config.weights_dir), config.device) if config.lpips_weight else None
        self._adversary = Adversary(config, condition_channels, processes)
        self._pairs: tuple[Pairs, Pairs] | None = None  # real and generated

    @property
    def discriminator(self) -> nn.Module:
        """What a checkpoint keeps beside the generator."""
        return self._adversary.discriminator

    def __call__(
        self, rgb: Tensor, out: Tensor, condition: Tensor, progress: float
    ) -> tuple[Tensor, dict[str, float]]:
        """Return the generator's loss and its parts.

        Args:
            rgb: [2B, 3, H, W]: first the sources before, then those now.
            out: what the generator made of them, likewise.
            condition: what the pictures now were made from, [B, C, H/16, W/16].
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
            "perceptual": self._perceptual.from_features(got, wanted).mean(),
            "adversarial": self._adversary.fooled(fake),
            "flicker": _flicker(real, fake),
        }
        loss = (
            config.mse_weight * parts["mse"]
            + config.perceptual_weight * parts["perceptual"]
            + self._adversary.weight(progress) * parts["adversarial"]
            + config.temporal_weight * parts["flicker"]
        )
        if self._lpips is not None:
            some = config.lpips_pictures
            parts["lpips"] = self._lpips(out[-some:], rgb[-some:]).mean()
            loss = loss + config.lpips_weight * parts["lpips"]
        return loss, {name: float(value.detach()) for name, value in parts.items()}

    def judge(self) -> dict[str, float]:
        """Take the discriminator's step on the pictures of the generator's."""
        assert self._pairs is not None
        return {"discriminator": self._adversary.step(*self._pairs)}


def _pairs(taps: list[Tensor], pictures: Tensor, condition: Tensor) -> Pairs:
    """Split [pictures before, pictures now] into the pairs that are judged."""
    count = len(condition)
    return Pairs(
        taps=[tap[count:] for tap in taps],
        before=pictures[:count],
        now=pictures[count:],
        condition=condition,
    )


def _flicker(real: Pairs, fake: Pairs) -> Tensor:
    """Return how much the decoded pictures differ where the source stands still."""
    still = ((real.now - real.before).abs().amax(dim=1, keepdim=True) < STILL_BELOW).float()
    return (still * (fake.now - fake.before).abs()).mean()
