"""A small restoration generator that adds something visible, on the torch backend."""

from __future__ import annotations

import torch

from narrowcast.codec.backends import TorchBackend, on_arrays
from narrowcast.codec.hybrid.decoder import HybridDecoder
from narrowcast.codec.hybrid.restoration import Restoration, RestorationConfig
from narrowcast.codec.hybrid.restoration_network import RestorationNetwork, step_shapes
from narrowcast.codec.hybrid.restoration_step import RestorationStep

TINY = RestorationConfig(fine_channels=8, middle_channels=8, wide_channels=16, wide_blocks=1)


def tiny_restoration(strength: float = 0.05) -> Restoration:
    """Return a seeded generator; strength 0 adds nothing."""
    with torch.inference_mode(False), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = Restoration(TINY)
        with torch.no_grad():
            network.head.weight.normal_(0, strength)
    return network


def tiny_network(width: int, height: int, strength: float = 0.05) -> RestorationNetwork:
    """Return the small generator for pictures of this size."""
    return on_torch(tiny_restoration(strength), width, height)


def on_torch(restoration: Restoration, width: int, height: int) -> RestorationNetwork:
    """Return a generator as it works in torch for pictures of this size."""
    step = RestorationStep(restoration).eval()
    run = TorchBackend("cpu").runner(step, step_shapes(height, width))
    return RestorationNetwork(on_arrays(run), width, height)


def tiny_hybrid_decoder(
    width: int, height: int, *, strength: float = 0.05, live: bool = False
) -> HybridDecoder:
    """Return a decoder with the small generator."""
    return HybridDecoder(tiny_network(width, height, strength), width=width, height=height, live=live)
