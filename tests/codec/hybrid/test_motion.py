"""Tests of motion.py: a picture that moved is found again, one that stands still is left alone."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from narrowcast.codec.api import Rgb
from narrowcast.codec.hybrid.motion import MAX_MEMORY, MotionField, _moved_on_device, moved, moved_memory

HEIGHT, WIDTH = 96, 160


def textured(height: int = HEIGHT, width: int = WIDTH) -> Rgb:
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    blurred = cv2.GaussianBlur(noise, (0, 0), 3).astype(np.float32)
    return np.clip(128 + 5 * (blurred - 128), 0, 255).astype(np.uint8)


def as_tensor(rgb: Rgb) -> torch.Tensor:
    return torch.from_numpy(rgb.astype(np.float32) / 255).permute(2, 0, 1)[None]


def test_a_picture_that_moved_is_taken_back_to_where_it_was() -> None:
    scene = textured(HEIGHT + 8, WIDTH + 8)
    before = np.ascontiguousarray(scene[4 : 4 + HEIGHT, 4 : 4 + WIDTH])
    now = np.ascontiguousarray(scene[2 : 2 + HEIGHT, 7 : 7 + WIDTH])
    field = MotionField(HEIGHT, WIDTH).between(now, before)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    inside = np.s_[16:-16, 16:-16]
    assert np.abs(field[..., 0] - columns - 3)[inside].mean() < 0.2
    assert np.abs(field[..., 1] - rows + 2)[inside].mean() < 0.2
    found = moved(as_tensor(before), torch.from_numpy(field)[None])
    assert (found - as_tensor(now)).abs()[..., 16:-16, 16:-16].mean() < 0.02
    assert (as_tensor(before) - as_tensor(now)).abs()[..., 16:-16, 16:-16].mean() > 0.05


def test_a_picture_that_stands_still_is_left_alone() -> None:
    rgb = textured()
    field = MotionField(HEIGHT, WIDTH).between(rgb, rgb)
    assert (moved(as_tensor(rgb), torch.from_numpy(field)[None]) - as_tensor(rgb)).abs().max() < 1e-5


def test_a_field_larger_than_the_pictures_pads_them() -> None:
    rgb = textured(90, 150)
    field = MotionField(HEIGHT, WIDTH).between(rgb, rgb)
    assert field.shape == (HEIGHT, WIDTH, 2)
    assert np.abs(field[:80, :140] - MotionField(90, 150).between(rgb, rgb)[:80, :140]).max() < 0.1


def test_a_batch_moves_picture_by_picture_and_alike_on_every_device() -> None:
    pictures = torch.cat([as_tensor(textured()), as_tensor(textured()).flip(3)])
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    fields = torch.from_numpy(np.stack([np.dstack([columns + 2.3, rows]), np.dstack([columns, rows - 40.7])]))
    both = moved(pictures, fields)
    for index in range(2):
        one = np.s_[index : index + 1]
        torch.testing.assert_close(both[one], moved(pictures[one], fields[one]))
    torch.testing.assert_close(_moved_on_device(pictures, fields), both, atol=0.01, rtol=0)


def test_what_was_uncovered_does_not_fill_the_memory() -> None:
    base = as_tensor(textured())
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    still = torch.from_numpy(np.dstack([columns, rows]))[None]
    memory = moved_memory(base, base, base + 0.1, still)
    torch.testing.assert_close(memory.base, base)
    torch.testing.assert_close(memory.painted, torch.full_like(base, 0.1), atol=1e-4, rtol=0)
    assert moved_memory(base, base, base + 0.9, still).painted.max() == MAX_MEMORY
