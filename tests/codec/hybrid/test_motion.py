"""Tests of motion.py: a picture that moved is found again, one that stands still is left alone."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from narrowcast.codec.api import Rgb
from narrowcast.codec.hybrid.motion import MotionField, moved

HEIGHT, WIDTH = 96, 160


def textured(height: int = HEIGHT, width: int = WIDTH) -> Rgb:
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    blurred = cv2.GaussianBlur(noise, (0, 0), 3).astype(np.float32)
    return np.clip(128 + 5 * (blurred - 128), 0, 255).astype(np.uint8)


def in_unit(rgb: Rgb) -> NDArray[np.float32]:
    return np.multiply(rgb, np.float32(1 / 255), dtype=np.float32)


def test_a_picture_that_moved_is_taken_back_to_where_it_was() -> None:
    scene = textured(HEIGHT + 8, WIDTH + 8)
    before = np.ascontiguousarray(scene[4 : 4 + HEIGHT, 4 : 4 + WIDTH])
    now = np.ascontiguousarray(scene[2 : 2 + HEIGHT, 7 : 7 + WIDTH])
    field = MotionField(HEIGHT, WIDTH).between(now, before)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    inside = np.s_[16:-16, 16:-16]
    assert np.abs(field[..., 0] - columns - 3)[inside].mean() < 0.2
    assert np.abs(field[..., 1] - rows + 2)[inside].mean() < 0.2
    found = moved(in_unit(before), field)
    assert np.abs(found - in_unit(now))[inside].mean() < 0.02
    assert np.abs(in_unit(before) - in_unit(now))[inside].mean() > 0.05


def test_a_picture_that_stands_still_is_left_alone() -> None:
    rgb = textured()
    field = MotionField(HEIGHT, WIDTH).between(rgb, rgb)
    assert np.abs(moved(in_unit(rgb), field) - in_unit(rgb)).max() < 1e-5


def test_a_field_larger_than_the_pictures_pads_them() -> None:
    rgb = textured(90, 150)
    field = MotionField(HEIGHT, WIDTH).between(rgb, rgb)
    assert field.shape == (HEIGHT, WIDTH, 2)
    assert np.abs(field[:80, :140] - MotionField(90, 150).between(rgb, rgb)[:80, :140]).max() < 0.1
