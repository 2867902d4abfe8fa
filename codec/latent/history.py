"""The stream state that both sides share: y_hat of the last two reference frames, as integers."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import torch
from torch import Tensor

from codec.latent.predictor import Phase

COUNTER_MODULUS = 256
"""Reference frames are counted in one byte."""


@dataclass
class History:
    """What the next frame is predicted from; a keyframe resets it."""

    past: Tensor
    "y_hat of the last reference frame, integers in units of 1/64 held in float32 [1, C, h, w]"
    before: Tensor
    "y_hat of the one before it"
    phase: Phase
    "how much of the past there is"
    counter: int
    "reference frames since the keyframe, modulo 256"

    @staticmethod
    def empty(channels: int, height: int, width: int, device: torch.device) -> History:
        """Return a history that knows nothing: what a keyframe is coded from."""
        nothing = torch.zeros(1, channels, height, width, device=device)
        nothing = nothing.contiguous(memory_format=torch.channels_last)
        return History(past=nothing, before=nothing, phase=Phase.KEYFRAME, counter=0)

    def advanced(self, y_hat: Tensor) -> History:
        """Return the history after a reference frame with these latents."""
        if self.phase == Phase.KEYFRAME:
            return History(past=y_hat, before=y_hat, phase=Phase.AFTER_KEYFRAME, counter=1)
        counter = (self.counter + 1) % COUNTER_MODULUS
        return History(past=y_hat, before=self.past, phase=Phase.INTER, counter=counter)


def checksum(y_hat: Tensor) -> int:
    """Return CRC-32 of the latents as little-endian int16 in the order channel, row, column."""
    integers = y_hat.to(torch.int16).contiguous(memory_format=torch.contiguous_format).cpu().numpy()
    return zlib.crc32(integers.astype("<i2", copy=False).tobytes())
