"""Tests of codec/layers.py."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from narrowcast.codec.layers import (
    Block,
    QualityGain,
    block_transform,
    dct_basis,
    merge_transform,
    select_latents,
)


def test_an_untrained_block_changes_nothing() -> None:
    x = torch.randn(2, 6, 5, 7, generator=torch.Generator().manual_seed(0))
    assert torch.equal(Block(6)(x), x)


def test_a_block_sees_its_neighbours_and_no_further() -> None:
    torch.manual_seed(0)
    block = Block(4)
    torch.nn.init.normal_(block.mix_out.weight)
    x = torch.zeros(1, 4, 7, 7)
    x[0, 0, 3, 3] = 1
    touched = (block(x) - block(torch.zeros_like(x))).abs().amax(dim=(0, 1)) > 1e-9
    assert touched[2:5, 2:5].all()
    assert int(touched.sum()) == 9


def test_the_gain_runs_from_knot_to_knot_and_is_log_linear_between() -> None:
    gain = QualityGain(3, knots=3, at_zero=2.0, at_one=0.5)
    factors = gain(torch.tensor([0.0, 0.25, 0.5, 1.0, 7.0]))[:, 0, 0, 0].tolist()
    assert factors == pytest.approx([2.0, 2**0.5, 1.0, 0.5, 0.5])
    assert gain(torch.zeros(2)).shape == (2, 3, 1, 1)


def test_the_transforms_are_orthonormal() -> None:
    assert np.allclose(dct_basis(8) @ dct_basis(8).T, np.eye(8))
    rows = block_transform(20)
    assert np.allclose(rows @ rows.T, np.eye(20))
    merge = merge_transform(5, 17).reshape(17, -1)
    assert np.allclose(merge @ merge.T, np.eye(17))


def test_the_first_row_of_the_block_transform_is_mean_brightness() -> None:
    first = block_transform(1)[0]
    assert np.allclose(first, first[0])


def test_select_latents_takes_each_channel_once_the_lowest_first() -> None:
    rows = select_latents(8, 16, 10)
    assert rows.shape == (10, 16)
    assert (rows.sum(axis=1) == 1).all()
    assert rows.sum(axis=0).max() == 1
    assert rows[0, 0] == 1
