"""Batches of pictures moved along motion, as the decoder moves what it remembers."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from narrowcast.codec.hybrid.motion import moved


def moved_batch(pictures: Tensor, fields: Tensor) -> Tensor:
    """Take each pixel of pictures [B, C, H, W] from where fields [B, H, W, 2] say; bilinear, no gradient."""
    if pictures.device.type != "cpu":
        return _moved_on_device(pictures, fields)
    taken = [  # a third of the time of grid_sample on a CPU
        moved(picture.permute(1, 2, 0).contiguous().numpy(), field.numpy())
        for picture, field in zip(pictures.detach().float(), fields, strict=True)
    ]
    return torch.from_numpy(np.stack(taken)).permute(0, 3, 1, 2)


def _moved_on_device(pictures: Tensor, fields: Tensor) -> Tensor:
    """Do the same where the pictures are, as OpenCV does on a CPU."""
    height, width = pictures.shape[2:]
    last = torch.tensor([width - 1, height - 1], device=fields.device).clamp(min=1)
    return functional.grid_sample(
        pictures.detach().float(),
        fields * 2 / last - 1,
        mode="bilinear",
        padding_mode="border",
        align_corners=True,
    )
