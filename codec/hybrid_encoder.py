"""The sender's half of the hybrid codec: picture in, the base layer's packet out."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from .api import EncodedFrame, Rgb
from .base_layer import AV1, H264, THIN_QUALITY, BaseEncoder, BaseFormat, installed_formats
from .detail import fine_detail
from .errors import BackendError
from .frame_size import check_picture
from .hybrid_header import BaseStream, HybridHeader, pack_hybrid
from .stages import OnStage, Stage, ignore_stage

RUNGS = 16
"""Steps of the quality ladder; the base encoders change their quantiser only with a keyframe."""

HOLD_FRAMES, HOLD_FRAMES_BELOW = 30, 75
"""A rung is kept at least this long before it falls, or rises: each change costs a keyframe, and what is
too large for the link is more urgent than what could look better."""

NEAR_RUNGS = 1
"""Quality this near to the rung in use is served by it."""

FAR_RUNGS = 5
"""Quality this far below the rung in use changes it at once."""

SPEEDS = (8, 10, 12)
"""Presets of SVT-AV1 to choose from, the best first; at 640x360 8 needs 20 to 30% fewer bits than 10."""

TIME_LIMIT_S = 0.012
"""The base layer may take this long a picture before a faster preset is taken."""

TRIAL_FRAMES = 4


@dataclass(frozen=True, kw_only=True)
class BaseChoice:
    """Which encoder suits this machine."""

    base: BaseFormat
    "video format"
    speed: int
    "preset of SVT-AV1"


def choose_base(width: int, height: int, threads: int) -> BaseChoice:
    """Time SVT-AV1's presets on a picture of this size and take the best that is quick enough.

    Where none is, or this PyAV lacks AV1, x264 is taken; BackendError where neither is there.
    """
    formats = installed_formats()
    if not formats:
        raise BackendError("this PyAV has neither SVT-AV1 nor x264; `pip install av` from PyPI has both")
    if AV1 in formats:
        for speed in SPEEDS:
            if _seconds_a_picture(width, height, speed, threads) < TIME_LIMIT_S:
                return BaseChoice(base=AV1, speed=speed)
    return BaseChoice(base=H264 if H264 in formats else AV1, speed=SPEEDS[-1])


def _seconds_a_picture(width: int, height: int, speed: int, threads: int) -> float:
    """Code a moving random picture and return the shortest time of an inter frame."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (height // 16 + 2, width // 16 + 2, 3), dtype=np.uint8)
    picture = np.ascontiguousarray(coarse.repeat(16, axis=0).repeat(16, axis=1))
    encoder = BaseEncoder(AV1, width, height, crf=50, scale=0, speed=speed, threads=threads)
    times: list[float] = []
    for shift in range(TRIAL_FRAMES):
        view = np.ascontiguousarray(picture[shift : shift + height, shift : shift + width])
        started = time.perf_counter()
        encoder.encode(view, keyframe=shift == 0)
        times.append(time.perf_counter() - started)
    return min(times[1:])


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One step of the quality ladder."""

    scale: int
    "index into SCALES"
    crf: int
    "constant rate factor"


def rung(base: BaseFormat, index: int) -> Rung:
    """Return a step of the ladder: 0 has the fewest bits, RUNGS - 1 the most.

    The picture is always coded at full size: down to 10 kbit/s a coarser quantiser beat a smaller
    picture (docs/experiments.md).
    """
    quality = index / (RUNGS - 1)
    crf = np.interp(quality, (0.0, THIN_QUALITY, 1.0), (base.crf_worst, base.crf_thin, base.crf_best))
    return Rung(scale=0, crf=round(float(crf)))


class HybridEncoder:
    """Encoder of one stream of one picture size; see codec.api.Encoder."""

    def __init__(self, choice: BaseChoice, *, width: int, height: int, threads: int = 1) -> None:
        self._choice = choice
        self._width, self._height, self._threads = width, height, threads
        self._encoder: BaseEncoder | None = None
        self._rung = 0
        self._held = 0  # frames since the rung changed
        self._counter = 0
        self.on_stage: OnStage = ignore_stage
        "for benchmarks: told of every stage when it ends"

    def encode(
        self, rgb: Rgb, *, quality: float = 0.5, keyframe: bool = False, droppable: bool = False
    ) -> EncodedFrame:
        """Code one picture; see codec.api.Encoder.encode.

        Quality moves in RUNGS steps, and between keyframes only where it strays far or for long. No frame
        is droppable: the base layer's encoder has one chain.
        """
        check_picture(rgb, self._width, self._height)
        wanted = round(min(max(quality, 0.0), 1.0) * (RUNGS - 1))
        opened = self._encoder is None or (
            self._rung != wanted and (keyframe or self._worth_a_keyframe(wanted))
        )
        if opened:
            self._open(wanted)
        assert self._encoder is not None
        keyframe = keyframe or opened
        packet = self._encoder.encode(rgb, keyframe=keyframe)
        self.on_stage(Stage.BASE)
        self._counter = 0 if keyframe else (self._counter + 1) % 256
        self._held += 1
        header = HybridHeader(counter=self._counter, stream=self._stream(rgb) if keyframe else None)
        return EncodedFrame(
            payload=pack_hybrid(header, packet), keyframe=keyframe, quality=self._rung / (RUNGS - 1)
        )

    def _worth_a_keyframe(self, wanted: int) -> bool:
        below = self._rung - wanted
        if below > 0:
            return below >= FAR_RUNGS or (below > NEAR_RUNGS and self._held >= HOLD_FRAMES)
        return -below > NEAR_RUNGS and self._held >= HOLD_FRAMES_BELOW

    def _open(self, wanted: int) -> None:
        """Start a new base stream at a rung."""
        step = rung(self._choice.base, wanted)
        self._rung, self._held = wanted, 0
        self._encoder = BaseEncoder(
            self._choice.base,
            self._width,
            self._height,
            crf=step.crf,
            scale=step.scale,
            speed=self._choice.speed,
            threads=self._threads,
        )

    def _stream(self, rgb: Rgb) -> BaseStream:
        step = rung(self._choice.base, self._rung)
        return BaseStream(
            base=self._choice.base,
            scale=step.scale,
            crf=step.crf,
            width=self._width,
            height=self._height,
            detail=fine_detail(rgb),
        )
