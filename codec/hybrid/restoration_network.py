"""The hybrid codec's generator at work: base picture to the one that is shown, and the memory of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from narrowcast.codec.api import Rgb
from narrowcast.codec.hybrid.base_format import AV1, FULL_SIZE
from narrowcast.codec.hybrid.conditions import STRIDE, conditions, quantiser_of, restoration_strength
from narrowcast.codec.hybrid.header import BaseStream, HybridHeader
from narrowcast.codec.hybrid.motion import MotionField, moved
from narrowcast.codec.openvino_models import ArrayRunner
from narrowcast.codec.stages import CodingStage, OnStage, ignore_stage

Picture = NDArray[np.float32]
"""[H, W, 3] in [0, 1], H and W multiples of STRIDE."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Memory:
    """What is remembered of the last picture."""

    rgb: Rgb
    "the base picture, uint8 [height, width, 3]"
    base: Picture
    "the base picture"
    painted: Picture
    "base picture and whole residual, not only as much of it as was shown"
    shown: Picture


class RestorationNetwork:
    """The generator for pictures of one size, with what it remembers of the last one."""

    def __init__(self, run: ArrayRunner, width: int, height: int) -> None:
        """Make it of what runs a RestorationStep for padded pictures (`padded_size`) of width x height."""
        self._run = run
        self._width, self._height = width, height
        self._motion = MotionField(*padded_size(height, width))
        self._memory: _Memory | None = None

    def forget(self) -> None:
        """Empty the memory: pictures were shown that it has not seen."""
        self._memory = None

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
        told = conditions(
            stream.base, header.crf, stream.scale, keyframe=header.stream is not None, detail=stream.detail
        )
        strength = restoration_strength(stream.detail, quantiser_of(stream.base, header.crf))
        shown = self.restore(rgb, told, strength)
        on_stage(CodingStage.SYNTHESIS)
        return shown

    def restore(self, rgb: Rgb, told: list[float], strength: float = 1.0) -> Rgb:
        """Restore a base picture, both uint8 [height, width, 3].

        What was painted last moves with what is seen: it is remembered for the next picture.

        Args:
            rgb: the base picture.
            told: the conditions (conditions.conditions).
            strength: what the residual is multiplied by for the picture to show.
        """
        base, last = _padded(rgb), self._memory
        if last is None:
            past = [base] * 4
        else:
            field = self._motion.between(rgb, last.rgb)
            past = [last.base, moved(last.base, field), moved(last.painted, field), last.shown]
        shares = np.array([strength, last is not None], np.float32)
        painted, shown, pixels = self._run(base, *past, np.array([told], np.float32), shares)
        self._memory = _Memory(rgb=rgb, base=base, painted=painted, shown=shown)
        return np.ascontiguousarray(pixels[: self._height, : self._width])

    def warm_up(self) -> None:
        """Restore two black pictures, so that no real one waits for what is done at the first use only."""
        stream = BaseStream(base=AV1, scale=FULL_SIZE, width=self._width, height=self._height, detail=0.0)
        for counter, told in enumerate((stream, None)):
            header = HybridHeader(counter=counter, crf=AV1.crf_worst, stream=told)
            self.picture(np.zeros((self._height, self._width, 3), np.uint8), stream, header)
        self.forget()


def padded_size(height: int, width: int) -> tuple[int, int]:
    """Return height and width of the padded pictures that the generator takes."""
    return -(-height // STRIDE) * STRIDE, -(-width // STRIDE) * STRIDE


def step_shapes(height: int, width: int) -> tuple[tuple[int, ...], ...]:
    """Return the shapes of what a RestorationStep takes for pictures of this size."""
    picture = (*padded_size(height, width), 3)
    return *((picture,) * 5), (1, len(conditions(AV1, 0, FULL_SIZE, keyframe=True, detail=0.0))), (2,)


def _padded(rgb: NDArray[Any]) -> Picture:
    """Map uint8 [height, width, 3] to a picture, its edges repeated."""
    height, width = rgb.shape[:2]
    rows, columns = padded_size(height, width)
    if (rows, columns) != (height, width):
        border = 0, rows - height, 0, columns - width
        rgb = np.asarray(cv2.copyMakeBorder(rgb, *border, cv2.BORDER_REPLICATE))
    return np.asarray(np.multiply(rgb, np.float32(1 / 255), dtype=np.float32))
