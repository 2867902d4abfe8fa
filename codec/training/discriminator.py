"""The discriminator, heads on frozen features and a conditioned PatchGAN, and how it is trained."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from narrowcast.codec.layers import lrelu, place
from narrowcast.codec.metrics.efficientnet import TAP_CHANNELS
from narrowcast.codec.metrics.realism_network import projected_head
from narrowcast.codec.training.config import AdversarialConfig
from narrowcast.codec.training.losses import discriminator_loss, generator_loss
from narrowcast.codec.training.processes import Processes

PATCH_CHANNELS = (24, 48, 96)


class ProjectedHeads(nn.Module):
    """One small head on each tap of the frozen backbone (Sauer et al. 2021): logits a position."""

    def __init__(self) -> None:
        super().__init__()
        self.heads = nn.ModuleList(projected_head(channels) for channels in TAP_CHANNELS)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                spectral_norm(layer)

    def forward(self, taps: list[Tensor]) -> list[Tensor]:
        """Map features at the taps to logits [B, 1, h, w], one map a tap."""
        return [head(tap) for head, tap in zip(self.heads, taps, strict=True)]


class PatchPairs(nn.Module):
    """PatchGAN (Isola et al. 2017) on two consecutive pictures, so that it sees flicker, and a condition."""

    def __init__(self, condition_channels: int) -> None:
        super().__init__()
        first, second, third = PATCH_CHANNELS
        self.body = nn.Sequential(
            spectral_norm(nn.Conv2d(6, first, 4, stride=2, padding=1)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Conv2d(first, second, 4, stride=2, padding=1)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Conv2d(second, third, 4, stride=2, padding=1)),
        )
        self.condition = spectral_norm(nn.Conv2d(condition_channels, third, 1))
        self.head = spectral_norm(nn.Conv2d(2 * third, 1, 3, padding=1))

    def forward(self, previous: Tensor, current: Tensor, condition: Tensor) -> Tensor:
        """Map pictures [B, 3, H, W] and condition [B, C, H/16, W/16] to logits [B, 1, H/8, W/8]."""
        x = lrelu(self.body(torch.cat([previous, current], dim=1) * 2 - 1))
        conditioned = lrelu(functional.interpolate(self.condition(condition), scale_factor=2.0))
        logits: Tensor = self.head(torch.cat([x, conditioned], dim=1))
        return logits


@dataclass(frozen=True, kw_only=True)
class PicturePairs:
    """What the discriminator looks at: pairs of consecutive pictures, real or generated."""

    taps: list[Tensor]
    "features of the current pictures at the backbone's taps"
    previous: Tensor
    "[B, 3, H, W]"
    current: Tensor
    "the pictures after those, [B, 3, H, W]"
    condition: Tensor
    "what the current pictures were made from: latents or unshuffled base pictures, [B, C, H/16, W/16]"

    def detached(self) -> PicturePairs:
        """Cut the graph to the generator."""
        return PicturePairs(
            taps=[tap.detach() for tap in self.taps],
            previous=self.previous.detach(),
            current=self.current.detach(),
            condition=self.condition,
        )


class Discriminator(nn.Module):
    """Both parts; every map of logits counts alike."""

    def __init__(self, condition_channels: int) -> None:
        super().__init__()
        self.projected = ProjectedHeads()
        self.patch = PatchPairs(condition_channels)

    def forward(self, pairs: PicturePairs) -> list[Tensor]:
        """Return all maps of logits."""
        return [*self.projected(pairs.taps), self.patch(pairs.previous, pairs.current, pairs.condition)]


class DiscriminatorTrainer:
    """Owns the discriminator and its optimiser, and gives a generator its adversarial loss."""

    def __init__(self, config: AdversarialConfig, condition_channels: int, processes: Processes) -> None:
        self._config, self._processes = config, processes
        self.discriminator = place(Discriminator(condition_channels), config.device)
        self._parameters = list(self.discriminator.parameters())
        self.optimizer = torch.optim.AdamW(self._parameters, lr=config.discriminator_rate, betas=(0.0, 0.99))

    def loss_weight(self, progress: float) -> float:
        """Return the weight of the adversarial loss: it rises over the warm-up."""
        return self._config.adversarial_weight * min(1.0, progress / self._config.adversarial_warmup)

    def adversarial_loss(self, fake: PicturePairs) -> Tensor:
        """Return the generator's adversarial loss."""
        parts = [generator_loss(part, self._config.adversarial) for part in self._logits(fake)]
        return torch.stack(parts).mean()

    def step(self, real: PicturePairs, fake: PicturePairs) -> float:
        """Take the discriminator's step; return its loss."""
        config, fake = self._config, fake.detached()
        logits = zip(self._logits(real), self._logits(fake), strict=True)
        loss = torch.stack([discriminator_loss(r, f, config.adversarial) for r, f in logits]).mean()
        if config.adversarial == "wgan_gp":
            loss = loss + config.penalty_weight * self._penalty(real, fake)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self._processes.average(self._parameters)
        self.optimizer.step()
        return float(loss.detach())

    def _logits(self, pairs: PicturePairs) -> list[Tensor]:
        logits: list[Tensor] = self.discriminator(pairs)
        return logits

    def _penalty(self, real: PicturePairs, fake: PicturePairs) -> Tensor:
        """Return the gradient penalty between real and generated inputs (Gulrajani et al. 2017)."""
        mix = torch.rand(len(real.current), 1, 1, 1, device=real.current.device)

        def between(a: Tensor, b: Tensor) -> Tensor:
            return (mix * a + (1 - mix) * b).detach().requires_grad_(True)

        mixed = PicturePairs(
            taps=[between(a, b) for a, b in zip(real.taps, fake.taps, strict=True)],
            previous=between(real.previous, fake.previous),
            current=between(real.current, fake.current),
            condition=real.condition,
        )
        total = torch.stack([part.mean(dim=(1, 2, 3)).sum() for part in self._logits(mixed)]).sum()
        inputs = [*mixed.taps, mixed.previous, mixed.current]
        gradients = torch.autograd.grad(total, inputs, create_graph=True)
        norms = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in gradients])
        return (norms - 1).square().mean()
