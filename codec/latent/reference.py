"""The reference state that sender and receiver share: y_hat of the last two reference frames, as integers."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from enum import IntEnum

import torch
from torch import Tensor

COUNTER_MODULUS = 256
"""Reference frames are counted in one byte."""


class Phase(IntEnum):
    """How many reference frames there are to predict from."""

    KEYFRAME = 0
    "none"
    AFTER_KEYFRAME = 1
    "one"
    INTER = 2
    "two"


@dataclass(frozen=True, kw_only=True)
class ReferenceState:
    """What the next frame is predicted from; a keyframe resets it."""

    reference_1: Tensor
    "y_hat of the last reference frame, integers in units of 1/64 held in float32 [B, C, h, w]"
    reference_2: Tensor
    "y_hat of the reference frame before that one [B, C, h, w]"
    phase: Phase
    "how many reference frames there are"
    counter: int
    "reference frames since the keyframe, modulo 256"

    @staticmethod
    def empty(shape: tuple[int, int, int, int] | torch.Size, device: torch.device) -> ReferenceState:
        """Return the state that a keyframe is coded from, for latents of this shape [B, C, h, w]."""
        zeros = torch.zeros(shape, device=device).contiguous(memory_format=torch.channels_last)
        return ReferenceState(reference_1=zeros, reference_2=zeros, phase=Phase.KEYFRAME, counter=0)

    def advanced(self, y_hat: Tensor) -> ReferenceState:
        """Return the state after a reference frame with these latents."""
        if self.phase == Phase.KEYFRAME:
            return ReferenceState(reference_1=y_hat, reference_2=y_hat, phase=Phase.AFTER_KEYFRAME, counter=1)
        counter = (self.counter + 1) % COUNTER_MODULUS
        return ReferenceState(
            reference_1=y_hat, reference_2=self.reference_1, phase=Phase.INTER, counter=counter
        )


def checksum(y_hat: Tensor) -> int:
    """Return CRC-32 of the latents as little-endian int16 in the order channel, row, column."""
    integers = y_hat.to(torch.int16).contiguous(memory_format=torch.contiguous_format).cpu().numpy()
    return zlib.crc32(integers.astype("<i2", copy=False).tobytes())
