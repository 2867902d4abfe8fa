"""The float halves as the encoder and decoder call them: one network, one quality level, any backend."""

from __future__ import annotations

import torch
from torch import Tensor

from narrowcast.codec.backends import Backend, Runner
from narrowcast.codec.latent.analysis import Analysis
from narrowcast.codec.latent.config import Q_LEVELS
from narrowcast.codec.latent.synthesis import Synthesis


class _ConditionedNetwork:
    """Runs a network on a backend with the gain of a quality level."""

    def __init__(
        self, network: Analysis | Synthesis, backend: Backend, channels: int, height: int, width: int
    ) -> None:
        network.eval()
        with torch.inference_mode():
            q = torch.arange(Q_LEVELS) / (Q_LEVELS - 1)
            self._gains = network.gain(q)  # [256, wide, 1, 1]
        shapes = (1, channels, height, width), tuple(self._gains[:1].shape)
        self._runner: Runner = backend.runner(network, shapes)

    def __call__(self, inputs: Tensor, q_level: int) -> Tensor:
        """Map inputs [1, C, H, W] to the network's output on the CPU or the backend's device."""
        return self._runner(inputs, self._gains[q_level : q_level + 1])[0]


class AnalysisNetwork(_ConditionedNetwork):
    """rgb [1, 3, H, W] in [0, 1] to y [1, C, H/16, W/16]."""

    def __init__(self, analysis: Analysis, backend: Backend, height: int, width: int) -> None:
        super().__init__(analysis, backend, 3, height, width)


class SynthesisNetwork(_ConditionedNetwork):
    """y_hat [1, C, H/16, W/16] to rgb [1, 3, H, W], about [0, 1]."""

    def __init__(self, synthesis: Synthesis, backend: Backend, height: int, width: int) -> None:
        super().__init__(synthesis, backend, synthesis.stem.in_channels, height, width)
