"""Tests of codec/hybrid/restoration.py: starts at zero, forgets what moved, keeps what stood still."""

from __future__ import annotations

import pytest
import torch

from narrowcast.codec.hybrid.base_format import AV1, H264
from narrowcast.codec.hybrid.conditions import CONDITIONS, conditions
from narrowcast.codec.hybrid.restoration import (
    MAX_MEMORY,
    Restoration,
    RestorationConfig,
    memory_of,
)
from narrowcast.errors import CodecError

TINY = RestorationConfig(fine_channels=8, middle_channels=8, wide_channels=16, wide_blocks=1)


def trained() -> Restoration:
    """A generator whose every parameter is something other than zero."""
    torch.manual_seed(0)
    network = Restoration(TINY)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return network.eval()


def run(network: Restoration, base: torch.Tensor, past: torch.Tensor, memory: torch.Tensor) -> torch.Tensor:
    told = torch.tensor([conditions(AV1, 50, 0, keyframe=False, detail=0.4)])
    with torch.inference_mode():
        residual: torch.Tensor = network(base, past, memory, network.gain(told))
    return residual


def test_an_untrained_generator_adds_nothing() -> None:
    torch.manual_seed(0)
    base = torch.rand(1, 3, 32, 48)
    assert run(Restoration(TINY), base, base, torch.zeros_like(base)).abs().max() == 0


def test_the_residual_has_the_pictures_shape() -> None:
    base = torch.rand(1, 3, 64, 32)
    assert run(trained(), base, base, torch.zeros_like(base)).shape == base.shape


def test_memory_counts_where_nothing_changed_and_not_where_all_did() -> None:
    network, base = trained(), torch.rand(1, 3, 32, 32)
    memory, none = 0.1 * torch.randn_like(base), torch.zeros_like(base)
    still = run(network, base, base, memory) - run(network, base, base, none)
    other = 1 - base.round()  # far from the base picture everywhere
    moved = run(network, base, other, memory) - run(network, base, other, none)
    assert still.abs().max() > 1e-4
    assert moved.abs().max() == 0


def test_what_was_uncovered_does_not_fill_the_memory() -> None:
    base = torch.rand(1, 3, 16, 16) / 10
    torch.testing.assert_close(memory_of(base, base + 0.1), torch.full_like(base, 0.1))
    assert memory_of(base, base + 0.9).max() == MAX_MEMORY


def test_what_the_generator_is_told_changes_its_picture() -> None:
    network, base = trained(), torch.rand(1, 3, 32, 32)
    told = [
        conditions(AV1, 70, 0, keyframe=True, detail=0.4),
        conditions(AV1, 24, 0, keyframe=False, detail=0.4),
        conditions(H264, 48, 2, keyframe=True, detail=0.4),
    ]
    assert all(len(vector) == CONDITIONS for vector in told)
    with torch.inference_mode():
        outs = [
            network(base, base, torch.zeros_like(base), network.gain(torch.tensor([vector])))
            for vector in told
        ]
    assert not torch.equal(outs[0], outs[1]) and not torch.equal(outs[1], outs[2])


def test_sizes_out_of_range_are_refused() -> None:
    with pytest.raises(CodecError, match="fine_channels must be from 1 to 1024, not 0"):
        RestorationConfig(fine_channels=0)
