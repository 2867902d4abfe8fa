"""The two coding passes as a backend runs them, and the proof that it runs them exactly."""

from __future__ import annotations

import logging

import torch
from torch import Tensor

from narrowcast.codec.backends import Backend, TorchBackend
from narrowcast.codec.latent.config import ModelConfig
from narrowcast.codec.latent.passes import CodingPasses
from narrowcast.codec.latent.predictor import FirstPass, Predictor, SecondPass

logger = logging.getLogger(__name__)

_SELF_TEST_RANGE = 1500
"""Latents of the self-test: wide enough to saturate every clamp of the predictor."""


class CompiledPasses(CodingPasses):
    """Both passes, compiled for one frame of one latent size by one backend."""

    def __init__(
        self, predictor: Predictor, config: ModelConfig, backend: Backend, height: int, width: int
    ) -> None:
        latents = (1, config.latent_channels, height, width)
        features = (1, config.predictor_channels, height, width)
        entry, rows = (1, config.predictor_channels, 1, 1), (1, config.latent_channels, 1, 1)
        gate, keyframe = (1, 1, height, width), (1, 1, 1, 1)
        self._shapes = (latents, latents, entry, rows, rows, keyframe)
        super().__init__(
            backend.runner(FirstPass(predictor), self._shapes, exact=True),
            backend.runner(SecondPass(predictor), (features, latents, latents, gate, rows, rows), exact=True),
        )

    def agrees(self, other: CompiledPasses) -> bool:
        """Tell whether both compute the same integers from pseudo-random latents."""
        generator = torch.Generator().manual_seed(1)

        def draw(shape: tuple[int, ...], limit: int) -> Tensor:
            return torch.randint(-limit, limit + 1, shape, generator=generator).float()

        latents, _, entry, rows, _, keyframe = self._shapes
        reference_1, change = draw(latents, _SELF_TEST_RANGE), draw(latents, 2)
        innovation = draw(latents, 300)
        conditions = draw(entry, 60), draw(rows, 40), draw(rows, 100).abs() / 2
        results = []
        for passes in (self, other):
            context, gate, mean, row = passes.first(
                reference_1, reference_1 + change, *conditions, torch.zeros(keyframe)
            )
            second = passes.second(context, innovation, reference_1, gate, *conditions[1:])
            results.append([context, gate, mean, row, *second])
        return all(torch.equal(a.cpu(), b.cpu()) for a, b in zip(*results, strict=True))


def proven_passes(
    predictor: Predictor, config: ModelConfig, backend: Backend, height: int, width: int
) -> CompiledPasses:
    """Compile the passes; fall back to torch, with a warning, where the backend is not exact."""
    passes = CompiledPasses(predictor, config, backend, height, width)
    if isinstance(backend, TorchBackend):
        return passes
    reference = CompiledPasses(predictor, config, TorchBackend("cpu"), height, width)
    if passes.agrees(reference):
        return passes
    logger.warning("%s does not compute the exact half exactly here; torch does it instead", backend.name)
    return reference
