"""The hybrid codec's generator on a backend: base picture and memory to the picture that is shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from narrowcast.codec.api import Rgb
from narrowcast.codec.backends import Backend, Runner
from narrowcast.codec.hybrid.base_format import AV1, FULL_SIZE
from narrowcast.codec.hybrid.header import BaseStream, HybridHeader
from narrowcast.codec.hybrid.motion import MotionField, MovedMemory, moved_memory
from narrowcast.codec.hybrid.restoration import (
    STRIDE,
    Restoration,
    conditions,
    hold_still,
    quantiser_of,
    restoration_strength,
)
from narrowcast.codec.picture import to_rgb, to_tensor
from narrowcast.codec.stages import CodingStage, OnStage, ignore_stage


@dataclass(frozen=True, kw_only=True, eq=False)
class _Memory:
    """What is remembered of the last picture; tensors are [1, 3, H, W]."""

    rgb: Rgb
    "the base picture, uint8 [height, width, 3]"
    base: Tensor
    "the base picture"
    painted: Tensor
    "base picture and whole residual, not only as much of it as was shown"
    shown: Tensor


class RestorationNetwork:
    """The generator on a backend, with what it remembers of the last picture."""

    def __init__(self, restoration: Restoration, backend: Backend, height: int, width: int) -> None:
        """Compile for base pictures [1, 3, height, width], multiples of STRIDE."""
        self._restoration = restoration.eval()
        shape = 1, 3, height, width
        gain_shape = 1, restoration.gain_channels, 1, 1
        self._runner: Runner = backend.runner(restoration, (shape, shape, shape, gain_shape))
        self._motion = MotionField(height, width)
        self._memory: _Memory | None = None

    def gain(self, stream: BaseStream, crf: int, *, keyframe: bool) -> Tensor:
        """Return the gains and shifts for a picture of this base stream."""
        told = conditions(stream.base, crf, stream.scale, keyframe=keyframe, detail=stream.detail)
        return self._restoration.gain(
            torch.tensor([told], device=next(self._restoration.parameters()).device)
        )

    def forget(self) -> None:
        """Empty the memory: pictures were shown that it has not seen."""
        self._memory = None

    def restore(self, rgb: Rgb, gain: Tensor, strength: float = 1.0) -> Tensor:
        """Map a base picture, uint8 [height, width, 3], to the restored one [1, 3, H, W] in [0, 1].

        What was painted last moves with what is seen: it is remembered for the next picture.
        """
        base = to_tensor(rgb, STRIDE)
        last, memory = self._memory, MovedMemory(base=base, painted=torch.zeros_like(base))
        if last is not None:
            field = torch.from_numpy(self._motion.between(rgb, last.rgb))[None]
            memory = moved_memory(base, last.base, last.painted, field)
        residual = self._runner(base, memory.base, memory.painted, gain)[0].to(base.device)
        shown = base + strength * residual
        if last is not None:
            shown = hold_still(shown, last.shown, base, last.base)
        self._memory = _Memory(rgb=rgb, base=base, painted=base + residual, shown=shown)
        return shown

    @torch.inference_mode()
    def picture(
        self, rgb: Rgb, stream: BaseStream, header: HybridHeader, on_stage: OnStage = ignore_stage
    ) -> Rgb:
        """Map a base picture to the one that is shown, both uint8 [height, width, 3].

        Args:
            rgb: the base picture.
            stream: the base stream that it belongs to.
            header: of its payload.
            on_stage: called when a stage ends.
        """
        gain = self.gain(stream, header.crf, keyframe=header.stream is not None)
        quantiser = quantiser_of(stream.base, header.crf)
        restored = self.restore(rgb, gain, restoration_strength(stream.detail, quantiser))
        on_stage(CodingStage.SYNTHESIS)
        height, width = rgb.shape[:2]
        shown = to_rgb(restored, width, height)
        on_stage(CodingStage.COLOUR)
        return shown

    def warm_up(self, width: int, height: int) -> None:
        """Restore two black pictures, so that no real one waits for what is done at the first use only."""
        stream = BaseStream(base=AV1, scale=FULL_SIZE, width=width, height=height, detail=0.0)
        for counter, told in enumerate((stream, None)):
            header = HybridHeader(counter=counter, crf=AV1.crf_worst, stream=told)
            self.picture(np.zeros((height, width, 3), np.uint8), stream, header)
        self.forget()
