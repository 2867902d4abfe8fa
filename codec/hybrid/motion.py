"""Motion between two base pictures, and pictures moved along it: so the generator's memory follows motion.

The receiver has both pictures, so the motion costs no bits; only the receiver computes it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from narrowcast.codec.api import Rgb

MAX_MEMORY = 0.25
"""By how much the memory may differ from the base picture; more is not texture but something uncovered."""


class MotionField:
    """Where each pixel of a picture was in the one before: dense optical flow (DIS, Kroeger et al. 2016)."""

    def __init__(self, height: int, width: int) -> None:
        """Make ready for fields of this size; smaller pictures are padded to it at their ends."""
        self._shape = height, width
        rows, columns = np.mgrid[:height, :width].astype(np.float32)
        self._grid = np.dstack([columns, rows])
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)

    def between(self, now: Rgb, before: Rgb) -> NDArray[np.float32]:
        """Return the source (x, y) in `before` of each pixel of `now`, float32 [height, width, 2]."""
        flow = self._flow.calc(self._grey(now), self._grey(before), None)  # type: ignore[call-overload]
        field: NDArray[np.float32] = self._grid + flow
        return field

    def _grey(self, rgb: Rgb) -> NDArray[np.uint8]:
        grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
        down, right = (full - side for full, side in zip(self._shape, grey.shape, strict=True))
        return np.asarray(cv2.copyMakeBorder(grey, 0, down, 0, right, cv2.BORDER_REPLICATE), np.uint8)


def moved(pictures: Tensor, fields: Tensor) -> Tensor:
    """Take each pixel of pictures [B, C, H, W] from where fields [B, H, W, 2] say; bilinear, no gradient."""
    if pictures.device.type != "cpu":
        return _moved_on_device(pictures, fields)
    taken = [
        cv2.remap(  # a third of the time of grid_sample on a CPU
            picture.permute(1, 2, 0).contiguous().numpy(),
            field.numpy(),
            None,  # type: ignore[call-overload]
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        for picture, field in zip(pictures.detach().float(), fields, strict=True)
    ]
    return torch.from_numpy(np.stack(taken)).permute(0, 3, 1, 2)


def _moved_on_device(pictures: Tensor, fields: Tensor) -> Tensor:
    """Do the same where the pictures are, as `moved` does on a CPU."""
    height, width = pictures.shape[2:]
    last = torch.tensor([width - 1, height - 1], device=fields.device).clamp(min=1)
    return functional.grid_sample(
        pictures.detach().float(),
        fields * 2 / last - 1,
        mode="bilinear",
        padding_mode="border",
        align_corners=True,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class MovedMemory:
    """What the generator is given of the last picture, moved to where things are now; [B, 3, H, W]."""

    base: Tensor
    "the last base picture"
    painted: Tensor
    "by how much what was painted last differs from the base picture of now"


def moved_memory(base: Tensor, last_base: Tensor, last_painted: Tensor, fields: Tensor) -> MovedMemory:
    """Move what is remembered of the last picture; the decoder and the training both come by here.

    Args:
        base: base pictures of now, [B, 3, H, W].
        last_base: base pictures before.
        last_painted: those with the whole residual that the generator painted.
        fields: motion between the two, as `MotionField.between` gives it, [B, H, W, 2].
    """
    difference = moved(last_painted, fields) - base
    return MovedMemory(base=moved(last_base, fields), painted=difference.clamp(-MAX_MEMORY, MAX_MEMORY))
