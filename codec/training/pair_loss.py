"""What a generator is trained by: the parts of its loss on two consecutive pictures, each with its weight."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from narrowcast.codec.layers import place
from narrowcast.codec.metrics.efficientnet import EfficientNetLite0
from narrowcast.codec.metrics.lpips import lpips_vgg
from narrowcast.codec.training.config import AdversarialConfig
from narrowcast.codec.training.discriminator import DiscriminatorTrainer, PicturePairs
from narrowcast.codec.training.losses import coarse_error, perceptual_distance, texture_difference
from narrowcast.codec.training.processes import Processes

STILL_BELOW = 2.0 / 255
"""Where two source pictures differ by less, the decoded ones should not differ either."""

CUT_GRID = 16
"""Pixels from one place to the next where a cut for LPIPS may lie: the coarsest grid of the generators."""


class PairLoss:
    """The loss of every stage that trains a generator, and the discriminator's half of it.

    A part whose weight is 0 is neither computed nor logged, and what only it looks through is not loaded.
    """

    def __init__(self, config: AdversarialConfig, condition_channels: int, processes: Processes) -> None:
        """Load the frozen features; WeightsMissingError where the folder of weights lacks them."""
        self._config = config
        looked_through = config.perceptual_weight, config.texture_weight, config.adversarial_weight
        self._backbone = (
            place(EfficientNetLite0(config.weights_dir), config.device) if any(looked_through) else None
        )
        self._lpips = place(lpips_vgg(config.weights_dir), config.device) if config.lpips_weight else None
        self._discriminator = DiscriminatorTrainer(config, condition_channels, processes)
        self._pairs: tuple[PicturePairs, PicturePairs] | None = None  # real and generated

    @property
    def discriminator(self) -> nn.Module:
        """What a checkpoint keeps beside the generator."""
        return self._discriminator.discriminator

    @property
    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        """What else it keeps."""
        return {"discriminator": self._discriminator.optimizer}

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
            wanted = self._features(rgb)
        got = self._features(out)
        real, fake = _pairs(wanted, rgb, condition), _pairs(got, out, condition)
        self._pairs = (real, fake.detached()) if config.adversarial_weight else None
        adversarial_weight = self._discriminator.loss_weight(progress)
        parts: tuple[tuple[str, float, Callable[[], Tensor]], ...] = (
            ("coarse", config.coarse_weight, lambda: coarse_error(rgb, out)),
            ("mse", config.mse_weight, lambda: (out - rgb).square().mean()),
            ("perceptual", config.perceptual_weight, lambda: perceptual_distance(wanted, got).mean()),
            ("texture", config.texture_weight, lambda: texture_difference(wanted, got)),
            ("lpips", config.lpips_weight, lambda: self._lpips_of_cuts(rgb, out)),
            ("adversarial", adversarial_weight, lambda: self._discriminator.adversarial_loss(fake)),
            ("flicker", config.temporal_weight, lambda: _flicker(real, fake)),
        )
        values = {name: value() for name, weight, value in parts if weight}
        loss = torch.zeros((), device=out.device)
        for name, weight, _ in parts:
            if weight:
                loss = loss + weight * values[name]
        return loss, {name: float(value.detach()) for name, value in values.items()}

    def discriminator_step(self) -> dict[str, float]:
        """Take the discriminator's step on the pictures of the last call; return its loss by name."""
        if self._pairs is None:
            return {}
        return {"discriminator": self._discriminator.step(*self._pairs)}

    def _features(self, rgb: Tensor) -> list[Tensor]:
        """Return the frozen features of pictures; none where no part of the loss needs them."""
        if self._backbone is None:
            return []
        taps: list[Tensor] = self._backbone(rgb)
        return taps

    def _lpips_of_cuts(self, rgb: Tensor, out: Tensor) -> Tensor:
        """Return LPIPS of a cut, at the same random place, of some of the current pictures."""
        assert self._lpips is not None
        count, (height, width) = len(out) // 2, out.shape[2:]
        some = count + torch.randperm(count)[: self._config.lpips_pictures]
        side = min(self._config.lpips_side, height, width)
        top, left = (
            CUT_GRID * int(torch.randint((whole - side) // CUT_GRID + 1, ())) for whole in (height, width)
        )
        cuts = (pictures[some, :, top : top + side, left : left + side] for pictures in (out, rgb))
        distance: Tensor = self._lpips(*cuts)
        return distance.mean()


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
