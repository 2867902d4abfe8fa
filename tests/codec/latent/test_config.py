"""Tests of codec/latent/config.py."""

from __future__ import annotations

import pytest

from narrowcast.codec.latent.config import ModelConfig, latent_size
from narrowcast.errors import CodecError


def test_the_defaults_are_valid() -> None:
    assert ModelConfig().latent_channels == 96


@pytest.mark.parametrize(
    "wrong",
    [
        {"latent_channels": 0},
        {"latent_channels": 95},
        {"predictor_channels": -1},
        {"predictor_channels": 10**9},
        {"quality_knots": 1},
        {"latent_channels": 194},
        {"wide_channels": 400},
        {"fine_channels": 193},
    ],
)
def test_impossible_sizes_are_refused_by_name(wrong: dict[str, int]) -> None:
    with pytest.raises(CodecError, match=next(iter(wrong))):
        ModelConfig(**wrong)


def test_a_size_must_be_a_whole_number() -> None:
    with pytest.raises(CodecError, match=r"whole number.*96\.0"):
        ModelConfig(latent_channels=96.0)  # type: ignore[arg-type]


def test_latents_cover_every_pixel() -> None:
    assert latent_size(64, 64) == (4, 4)
    assert latent_size(65, 97) == (7, 5)
