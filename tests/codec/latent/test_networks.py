"""Tests of codec/latent/networks.py."""

from __future__ import annotations

import pytest
import torch

from narrowcast.codec.backends import TorchBackend
from narrowcast.codec.latent.networks import AnalysisNetwork, SynthesisNetwork
from tests.codec.tiny_model import TINY, tiny_model


@pytest.mark.parametrize("q_level", [0, 77, 255])
def test_they_run_the_network_with_the_gain_of_the_level(q_level: int) -> None:
    model = tiny_model()
    q = torch.tensor([q_level / 255])
    rgb = torch.rand(1, 3, 64, 80, generator=torch.Generator().manual_seed(0))
    analysis = AnalysisNetwork(model.analysis, TorchBackend("cpu"), 64, 80)
    synthesis = SynthesisNetwork(model.synthesis, TorchBackend("cpu"), 4, 5)
    with torch.inference_mode():
        y = analysis(rgb, q_level)
        painted = synthesis(y, q_level)
        # Some CPUs run them in bf16.
        assert torch.allclose(y, model.analysis(rgb, model.analysis.gain(q)), atol=0.3)
        assert torch.allclose(painted, model.synthesis(y, model.synthesis.gain(q)), atol=0.05)
    assert painted.shape == (1, 3, 64, 80)
    assert y.shape == (1, TINY.latent_channels, 4, 5)
