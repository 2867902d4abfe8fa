"""Tests of codec/latent/analysis.py."""

from __future__ import annotations

import torch

from narrowcast.codec.latent.analysis import Analysis, to_units
from narrowcast.codec.latent.config import Y_LIMIT
from tests.codec.tiny_model import TINY, tiny_model


def _random_rgb(height: int, width: int) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0))


@torch.inference_mode()
def test_one_latent_position_covers_16_pixels() -> None:
    analysis = tiny_model().analysis
    y = analysis(_random_rgb(48, 80), analysis.gain(torch.tensor([0.5])))
    assert y.shape == (1, TINY.latent_channels, 3, 5)


@torch.inference_mode()
def test_untrained_its_first_latent_follows_brightness() -> None:
    torch.manual_seed(0)
    analysis = Analysis(TINY)
    gain = analysis.gain(torch.tensor([0.5]))
    dark, bright = (analysis(torch.full((1, 3, 32, 32), level), gain)[0, 0] for level in (0.2, 0.8))
    assert bool((bright > dark + 10).all())


@torch.inference_mode()
def test_it_is_local() -> None:
    """With one block at either scale, a latent sees its own cell and those next to it, no more."""
    analysis = tiny_model().analysis
    gain = analysis.gain(torch.tensor([0.5]))
    rgb = _random_rgb(128, 128)
    changed = rgb.clone()
    changed[..., :16, :16] = 0
    difference = (analysis(rgb, gain) - analysis(changed, gain)).abs().amax(dim=(0, 1))
    assert difference[0, 0] > 0
    assert float(difference[3:, :].max()) == 0
    assert float(difference[:, 3:].max()) == 0


def test_latents_are_rounded_to_units_within_their_limits() -> None:
    y = torch.tensor([0.0, 0.5 / 64, -0.5 / 64, 1.0, 500.0, -500.0])
    assert to_units(y).tolist() == [0, 1, 0, 64, Y_LIMIT, -Y_LIMIT]
