"""Pictures before and after a network: padding, and conversion between uint8 and tensors."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from narrowcast.codec.api import Rgb


def to_tensor(rgb: Rgb, multiple: int) -> Tensor:
    """Map uint8 [H, W, 3] to float32 [1, 3, H', W'] in [0, 1], edges repeated to a multiple.

    The memory stays in the order row, column, channel (channels last), so nothing is copied twice.
    """
    height, width = rgb.shape[:2]
    down, right = -height % multiple, -width % multiple
    if down or right:
        rgb = np.asarray(cv2.copyMakeBorder(rgb, 0, down, 0, right, cv2.BORDER_REPLICATE), dtype=np.uint8)
    pixels = torch.from_numpy(np.ascontiguousarray(rgb)).permute(2, 0, 1)[None]
    return pixels.to(torch.float32).mul_(1 / 255)


def to_rgb(picture: Tensor, width: int, height: int) -> Rgb:
    """Map float [1, 3, H', W'], about [0, 1], to uint8 [height, width, 3], padding cut off."""
    inside = picture[0, :, :height, :width].permute(1, 2, 0)
    scaled = inside.mul(255).add_(0.5).clamp_(0, 255.0).to(torch.uint8)
    return np.ascontiguousarray(scaled.cpu().numpy())
