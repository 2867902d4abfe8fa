"""The discriminator's side of the game: its optimiser, its step, and what it tells the generator."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from codec.layers import place
from codec.training.config import AdversarialConfig
from codec.training.discriminator import Discriminator
from codec.training.losses import discriminator_loss, generator_loss
from codec.training.processes import Processes


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """What the discriminator looks at: pairs of consecutive pictures and what they were made from."""

    taps: list[Tensor]
    "features of `now` at the backbone's taps"
    before: Tensor
    "the picture before, [B, 3, H, W]"
    now: Tensor
    "[B, 3, H, W]"
    condition: Tensor
    "latents or unshuffled base picture, [B, C, H/16, W/16]"

    def detached(self) -> Pairs:
        """Cut the graph to the generator."""
        return Pairs(
            taps=[tap.detach() for tap in self.taps],
            before=self.before.detach(),
            now=self.now.detach(),
            condition=self.condition,
        )


class Adversary:
    """Owns the discriminator; any stage with a generator plays against it."""

    def __init__(self, config: AdversarialConfig, condition_channels: int, processes: Processes) -> None:
        self._config, self._processes = config, processes
        self.discriminator = place(Discriminator(condition_channels), config.device)
        self._parameters = list(self.discriminator.parameters())
        self._optimizer = torch.optim.AdamW(self._parameters, lr=config.discriminator_rate, betas=(0.0, 0.99))

    def weight(self, progress: float) -> float:
        """Return the weight of the adversarial loss: it rises over the warm-up."""
        return self._config.adversarial_weight * min(1.0, progress / self._config.adversarial_warmup)

    def fooled(self, fake: Pairs) -> Tensor:
        """Return the generator's adversarial loss."""
        parts = [generator_loss(part, self._config.adversarial) for part in self._judge(fake)]
        return torch.stack(parts).mean()

    def step(self, real: Pairs, fake: Pairs) -> float:
        """Take the discriminator's step; return its loss."""
        config, fake = self._config, fake.detached()
        logits = zip(self._judge(real), self._judge(fake), strict=True)
        loss = torch.stack([discriminator_loss(r, f, config.adversarial) for r, f in logits]).mean()
        if config.adversarial == "wgan_gp":
            loss = loss + config.penalty_weight * self._penalty(real, fake)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self._processes.average(self._parameters)
        self._optimizer.step()
        return float(loss.detach())

    def _judge(self, pairs: Pairs) -> list[Tensor]:
        logits: list[Tensor] = self.discriminator(pairs.taps, pairs.before, pairs.now, pairs.condition)
        return logits

    def _penalty(self, real: Pairs, fake: Pairs) -> Tensor:
        """Return the gradient penalty between real and generated inputs (Gulrajani et al. 2017)."""
        mix = torch.rand(len(real.now), 1, 1, 1, device=real.now.device)

        def between(a: Tensor, b: Tensor) -> Tensor:
            return (mix * a + (1 - mix) * b).detach().requires_grad_(True)

        mixed = Pairs(
            taps=[between(a, b) for a, b in zip(real.taps, fake.taps, strict=True)],
            before=between(real.before, fake.before),
            now=between(real.now, fake.now),
            condition=real.condition,
        )
        total = torch.stack([part.mean(dim=(1, 2, 3)).sum() for part in self._judge(mixed)]).sum()
        inputs = [*mixed.taps, mixed.before, mixed.now]
        gradients = torch.autograd.grad(total, inputs, create_graph=True)
        norms = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in gradients])
        return (norms - 1).square().mean()
