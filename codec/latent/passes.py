"""The predictor's two passes as a backend runs them, and the proof that it runs them exactly."""

from __future__ import annotations

import logging

import torch
from torch import Tensor, nn

from codec.backends import Backend, Runner, TorchBackend
from codec.latent.config import ModelConfig
from codec.latent.predictor import Predictor, neighbourhood

logger = logging.getLogger(__name__)

_SELF_TEST_RANGE = 1500
"""Latents of the self-test: wide enough to saturate every clamp of the predictor."""


class FirstPass(nn.Module):
    """From the history: features, where something moved, and the first means and rows."""

    def __init__(self, predictor: Predictor) -> None:
        super().__init__()
        self.predictor = predictor

    def forward(
        self, past: Tensor, before: Tensor, entry: Tensor, rows: Tensor, least: Tensor, fresh: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return (context, gate, mean, row); fresh [1, 1, 1, 1] is 1 without a history, else 0."""
        gate = torch.maximum(neighbourhood(past - before), fresh)
        context = self.predictor.context(past, before, entry)
        first = self.predictor.first(context, past, gate, rows, least)
        return context, gate, first.mean, first.row


class SecondPass(nn.Module):
    """From the features and what the first pass coded: the second means and rows."""

    def __init__(self, predictor: Predictor) -> None:
        super().__init__()
        self.predictor = predictor

    def forward(
        self, context: Tensor, news: Tensor, past: Tensor, gate: Tensor, rows: Tensor, least: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return (mean, row)."""
        second = self.predictor.second(context, news, past, gate, rows, least)
        return second.mean, second.row


class Passes:
    """Both passes, compiled for one latent size by one backend."""

    def __init__(
        self, predictor: Predictor, config: ModelConfig, backend: Backend, height: int, width: int
    ) -> None:
        latents = (1, config.latent_channels, height, width)
        features = (1, config.predictor_channels, height, width)
        entry, rows = (1, config.predictor_channels, 1, 1), (1, config.latent_channels, 1, 1)
        gate, fresh = (1, 1, height, width), (1, 1, 1, 1)
        self._shapes = (latents, latents, entry, rows, rows, fresh)
        self.first: Runner = backend.runner(FirstPass(predictor), self._shapes, exact=True)
        self.second: Runner = backend.runner(
            SecondPass(predictor), (features, latents, latents, gate, rows, rows), exact=True
        )

    def agrees(self, other: Passes) -> bool:
        """Tell whether both compute the same integers from pseudo-random latents."""
        generator = torch.Generator().manual_seed(1)

        def draw(shape: tuple[int, ...], limit: int) -> Tensor:
            return torch.randint(-limit, limit + 1, shape, generator=generator).float()

        latents, _, entry, rows, _, fresh = self._shapes
        past, change = draw(latents, _SELF_TEST_RANGE), draw(latents, 2)
        news = draw(latents, 300)
        conditions = draw(entry, 60), draw(rows, 40), draw(rows, 100).abs()
        results = []
        for passes in (self, other):
            context, gate, mean, row = passes.first(past, past + change, *conditions, torch.zeros(fresh))
            second = passes.second(context, news, past, gate, *conditions[1:])
            results.append([context, gate, mean, row, *second])
        return all(torch.equal(a.cpu(), b.cpu()) for a, b in zip(*results, strict=True))


def proven_passes(
    predictor: Predictor, config: ModelConfig, backend: Backend, height: int, width: int
) -> Passes:
    """Compile the passes; fall back to torch, with a warning, where the backend is not exact."""
    passes = Passes(predictor, config, backend, height, width)
    if isinstance(backend, TorchBackend):
        return passes
    reference = Passes(predictor, config, TorchBackend("cpu"), height, width)
    if passes.agrees(reference):
        return passes
    logger.warning("%s does not compute the exact half exactly here; torch does it instead", backend.name)
    return reference
