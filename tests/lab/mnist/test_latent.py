"""Tests of lab/mnist/latent.py: bits, levels, codebooks, gradients that pass the rounding."""

from __future__ import annotations

import math

import pytest
import torch

from narrowcast.lab.mnist.latent import SPREAD, VectorLatent, make_latent, perplexity


@pytest.mark.parametrize("vq", [False, True])
@pytest.mark.parametrize("bits", [1, 2, 7, 8, 9, 24, 127, 128])
def test_the_symbols_hold_the_bits_asked_for(bits: int, vq: bool) -> None:
    latent = make_latent(bits, vq=vq)
    assert math.log2(math.prod(latent.sizes)) == bits
    found = latent.eval()(torch.randn(16, latent.dimensions, generator=torch.Generator().manual_seed(0)))
    assert found.z.shape == (16, latent.dimensions)
    assert found.indices.shape == (16, len(latent.sizes))
    for column, size in zip(found.indices.T, latent.sizes, strict=True):
        assert column.min() >= 0 and column.max() < size


@pytest.mark.parametrize("vq", [False, True])
def test_the_decoder_gets_the_encoders_z_back_from_the_indices(vq: bool) -> None:
    latent = make_latent(24, vq=vq).eval()
    found = latent(torch.randn(9, latent.dimensions))
    assert torch.allclose(latent.values(found.indices), found.z, atol=1e-6)


@pytest.mark.parametrize("vq", [False, True])
def test_gradients_pass_straight_through_the_rounding(vq: bool) -> None:
    latent = make_latent(24, vq=vq)
    z_e = torch.randn(5, latent.dimensions, requires_grad=True)
    latent(z_e).z.sum().backward()
    assert z_e.grad is not None and torch.all(z_e.grad > 0)


def test_scalars_are_rounded_to_the_nearest_of_four_levels() -> None:
    latent = make_latent(4, vq=False)
    found = latent(torch.tensor([[-9.0, 9.0], [0.2, -0.2]]))
    assert found.indices.tolist() == [[0, 3], [2, 1]]
    assert found.z[0].tolist() == pytest.approx([-SPREAD, SPREAD])


def test_vectors_move_to_what_the_encoder_gives() -> None:
    torch.manual_seed(0)
    latent = VectorLatent(8)
    optimizer = torch.optim.SGD(latent.parameters(), lr=1.0)
    z_e = torch.randn(64, 4) * 0.1 + 3
    first = float(latent(z_e).loss.detach())
    for _ in range(20):
        found = latent(z_e)
        optimizer.zero_grad()
        found.loss.backward()
        optimizer.step()
        latent.after_step(0.1)
    assert float(found.loss.detach()) < 0.1 * first
    assert len(torch.unique(found.indices)) > 10, "vectors that nobody used were put where z_e is"


def test_perplexity_counts_what_is_in_use() -> None:
    assert perplexity(torch.tensor([5.0, 5.0, 5.0, 5.0])) == pytest.approx(4)
    assert perplexity(torch.tensor([9.0, 0.0, 0.0])) == pytest.approx(1)
