"""Tests of codec/frame_size.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from codec.errors import FrameSizeError
from codec.frame_size import check_picture, check_size, latent_size
from tests.codec.picture_samples import camera_like


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
