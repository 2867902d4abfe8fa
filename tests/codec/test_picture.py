"""Tests of codec/picture.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from codec.errors import FrameSizeError
from codec.picture import check_picture, check_size, latent_size, to_rgb, to_tensor

from .picture_samples import camera_like, noise


@pytest.mark.parametrize("size", [(64, 64), (3840, 2160), (65, 97)])
def test_sizes_in_range_pass(size: tuple[int, int]) -> None:
    check_size(*size)


@pytest.mark.parametrize("size", [(63, 64), (64, 63), (3841, 64), (64, 2161), (0, 0), (-64, 64)])
def test_sizes_out_of_range_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(FrameSizeError, match="choose 64x64 to 3840x2160"):
        check_size(*size)


def test_another_shape_or_type_is_refused() -> None:
    picture = camera_like(80, 64)
    check_picture(picture, 80, 64)
    floats: Any = picture / np.float32(255)
    for wrong in (camera_like(64, 80), picture[..., 0], floats):
        with pytest.raises(FrameSizeError, match=r"takes uint8 \(64, 80, 3\)"):
            check_picture(wrong, 80, 64)


def test_latents_cover_every_pixel() -> None:
    assert latent_size(64, 64) == (4, 4)
    assert latent_size(65, 97) == (7, 5)


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
