"""Losses against what they stand for."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from narrowcast.codec.latent.entropy import SIGMA_MIN, SIGMA_STEP, EntropyTables, gaussian_tables
from narrowcast.codec.metrics.efficientnet import EfficientNetLite0
from narrowcast.codec.training.losses import (
    AdversarialKind,
    Perceptual,
    coarse_error,
    discriminator_loss,
    generator_loss,
    rate_bits,
    symbol_bits,
    texture_difference,
)


def test_symbol_bits_agree_with_the_tables_that_are_shipped() -> None:
    tables = EntropyTables(gaussian_tables())
    for index in (0, 10, 25, 40, 63):
        row = tables.rows[index]
        reach = min(row.reach, round(3 * SIGMA_MIN * math.exp(SIGMA_STEP * index)))
        symbols = torch.arange(-reach, reach + 1).float()
        wanted = torch.from_numpy(row.bits[row.reach - reach : row.reach + reach + 1]).float()
        got = symbol_bits(symbols, torch.full_like(symbols, index))
        torch.testing.assert_close(got, wanted, atol=0.02, rtol=0.02)


def test_outliers_keep_a_gradient() -> None:
    row = torch.tensor([0.0], requires_grad=True)
    symbol_bits(torch.tensor([40.0]), row).sum().backward()  # type: ignore[no-untyped-call]
    assert row.grad is not None
    assert float(row.grad) < -1  # a wider row costs less


def test_rate_rises_as_the_row_is_wrong() -> None:
    torch.manual_seed(0)
    residual = torch.randn(20000) * 2
    rows = [torch.full_like(residual, value) for value in (15.0, 29.0, 45.0)]  # sigma 0.5, 2.05, 10
    low, right, high = (float(rate_bits(residual, row).mean()) for row in rows)
    assert right < low
    assert right < high


@pytest.mark.parametrize("kind", ["hinge", "non_saturating", "wgan_gp"])
def test_generator_and_discriminator_want_opposite_logits(kind: AdversarialKind) -> None:
    real, fake = torch.tensor([0.8]), torch.tensor([-0.8])
    assert discriminator_loss(real, fake, kind) < discriminator_loss(fake, real, kind)
    assert generator_loss(real, kind) < generator_loss(fake, kind)


def test_non_saturating_loss_is_minus_log_d() -> None:
    logits = torch.tensor([-1.5, 0.3])
    wanted = -torch.log(torch.sigmoid(logits)).mean()
    torch.testing.assert_close(generator_loss(logits, "non_saturating"), wanted)


def test_texture_of_another_phase_is_nearly_the_same_and_none_is_not() -> None:
    torch.manual_seed(0)
    texture = torch.randn(2, 4, 64, 64)
    moved, none = texture.roll(1, dims=3), torch.zeros_like(texture)
    same, other, flat = (float(texture_difference([texture], [got])) for got in (texture, moved, none))
    assert same == 0
    assert 0 < other < 0.1 * flat
    assert texture_difference([texture[:, :, :4, :4]], [none[:, :, :4, :4]]) > 0  # smaller than a window


def test_the_coarse_error_sees_means_alone() -> None:
    torch.manual_seed(0)
    rgb, noise = torch.zeros(1, 3, 16, 16), torch.randn(1, 3, 4, 4, 4, 4)
    noise -= noise.mean(dim=(3, 5), keepdim=True)
    noise = noise.permute(0, 1, 2, 3, 4, 5).reshape(1, 3, 16, 16)
    assert float(coarse_error(rgb, noise)) < 1e-12
    assert float(coarse_error(rgb, rgb + 0.5)) == 0.25


def test_perceptual_is_zero_for_the_same_picture_and_grows(weights_dir: Path) -> None:
    torch.manual_seed(0)
    perceptual = Perceptual(EfficientNetLite0(weights_dir))
    rgb = torch.rand(2, 3, 64, 64)
    noise = torch.randn_like(rgb)
    distances = [perceptual(rgb + sigma * noise, rgb) for sigma in (0.0, 0.05, 0.3)]
    assert distances[0].shape == (2,)
    assert float(distances[0].max()) == 0
    assert bool((distances[2] > distances[1]).all())
    assert bool((distances[1] > 0).all())
