"""Tests of training/moved_batch.py: a batch is moved as the decoder moves a picture, on every device."""

from __future__ import annotations

import numpy as np
import torch

from narrowcast.codec.hybrid.motion import moved
from narrowcast.codec.training.moved_batch import _moved_on_device, moved_batch
from tests.codec.sequences import moving

HEIGHT, WIDTH = 96, 160


def test_a_batch_moves_picture_by_picture_and_alike_on_every_device() -> None:
    both = np.stack(moving(WIDTH, HEIGHT, 2)).astype(np.float32) / 255
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    fields = np.stack([np.dstack([columns + 2.3, rows]), np.dstack([columns, rows - 40.7])])
    pictures = torch.from_numpy(both).permute(0, 3, 1, 2)
    found = moved_batch(pictures, torch.from_numpy(fields))
    for picture, field, ours in zip(both, fields, found, strict=True):
        np.testing.assert_array_equal(moved(picture, field), ours.permute(1, 2, 0).numpy())
    on_device = _moved_on_device(pictures, torch.from_numpy(fields))
    torch.testing.assert_close(on_device, found, atol=0.02, rtol=0)
