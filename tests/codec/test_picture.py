"""Tests of codec/picture.py."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from narrowcast.codec.picture import to_rgb, to_tensor
from tests.codec.picture_samples import noise


@pytest.mark.parametrize("size", [(64, 64), (65, 97), (100, 70)])
def test_to_rgb_undoes_to_tensor(size: tuple[int, int]) -> None:
    picture = noise(*size)
    tensor = to_tensor(picture, 16)
    assert tensor.shape[2] % 16 == 0 and tensor.shape[3] % 16 == 0
    assert np.array_equal(to_rgb(tensor, *size), picture)
    assert np.array_equal(to_rgb(tensor.contiguous(), *size), picture)


def test_padding_repeats_the_edge() -> None:
    picture = noise(65, 97)
    tensor = to_tensor(picture, 16)
    assert torch.equal(tensor[0, :, :, 64:], tensor[0, :, :, 64:65].expand(-1, -1, 16))
    assert torch.equal(tensor[0, :, 96:], tensor[0, :, 96:97].expand(-1, 16, -1))


def test_to_rgb_rounds_and_clamps() -> None:
    levels = torch.tensor([-3.0, 0.49 / 255, 0.51 / 255, 254.6 / 255, 9.0])
    picture = levels.expand(1, 3, 1, 5)
    assert to_rgb(picture, 5, 1)[0, :, 0].tolist() == [0, 0, 1, 255, 255]
