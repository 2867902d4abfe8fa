"""A small restoration generator that adds something visible, on the torch backend."""

from __future__ import annotations

import torch

from codec.backends import TorchBackend
from codec.hybrid.decoder import HybridDecoder, RestorationNetwork
from codec.hybrid.restoration import STRIDE, Restoration, RestorationConfig

TINY = RestorationConfig(fine_channels=8, middle_channels=8, wide_channels=16, wide_blocks=1)


def tiny_restoration(strength: float = 0.05) -> Restoration:
    """Return a seeded generator; strength 0 adds nothing."""
    with torch.inference_mode(False), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = Restoration(TINY)
        with torch.no_grad():
            network.head.weight.normal_(0, strength)
    return network


def tiny_hybrid_decoder(
    width: int, height: int, *, strength: float = 0.05, live: bool = False
) -> HybridDecoder:
    """Return a decoder with the small generator."""
    padded = (-(-side // STRIDE) * STRIDE for side in (height, width))
    network = RestorationNetwork(tiny_restoration(strength), TorchBackend("cpu"), *padded)
    return HybridDecoder(network, width=width, height=height, live=live)
