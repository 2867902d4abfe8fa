"""The sender's half of the hybrid codec: picture in, the base layer's packet out."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from .api import BitBudget, EncodedFrame, Rgb
from .base_layer import AV1, H264, BaseEncoder, BaseFormat, installed_formats
from .base_plan import BasePlan, BasePlanner, quality_of
from .detail import fine_detail
from .errors import BackendError
from .frame_size import check_picture
from .hybrid_header import BaseStream, HybridHeader, pack_hybrid
from .quantiser_meter import QuantiserMeter
from .stages import OnStage, Stage, ignore_stage

SPEEDS = (8, 10, 12)
"""Presets of SVT-AV1 to choose from, the best first; at 640x360 8 needs 20 to 30% fewer bits than 10."""

TIME_LIMIT_S = 0.02
"""The base layer may take this long a picture before a faster preset is taken: a machine that is
busy while it starts should not pay for that with a third more bits ever after."""

TRIAL_FRAMES = 4

FULL_SIZE = 0
"""Index into SCALES: down to 10 kbit/s a coarser quantiser beat a smaller picture (docs/experiments.md)."""


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
    encoder = BaseEncoder(AV1, width, height, crf=50, scale=FULL_SIZE, speed=speed, threads=threads)
    times: list[float] = []
    for shift in range(TRIAL_FRAMES):
        view = np.ascontiguousarray(picture[shift : shift + height, shift : shift + width])
        started = time.perf_counter()
        encoder.encode(view, keyframe=shift == 0)
        times.append(time.perf_counter() - started)
    return min(times[1:])


class HybridEncoder:
    """Encoder of one stream of one picture size; see codec.api.Encoder."""

    def __init__(self, choice: BaseChoice, *, width: int, height: int, threads: int = 1) -> None:
        self._choice = choice
        self._width, self._height, self._threads = width, height, threads
        self._planner = BasePlanner(choice.base, pixels=width * height)
        self._meter = QuantiserMeter(choice.base)
        self._encoder: BaseEncoder | None = None
        self._counter = 0
        self.on_stage: OnStage = ignore_stage
        "for benchmarks: told of every stage when it ends"

    def encode(
        self,
        rgb: Rgb,
        *,
        quality: float = 0.5,
        keyframe: bool = False,
        droppable: bool = False,
        budget: BitBudget | None = None,
    ) -> EncodedFrame:
        """Code one picture; see codec.api.Encoder.encode.

        With a budget the base layer's encoder holds its bitrate; else quality moves in steps, and between
        keyframes only where it strays far or for long. No frame is droppable: that encoder has one chain.
        """
        check_picture(rgb, self._width, self._height)
        plan = self._planner.next(quality, budget, keyframe=keyframe)
        if plan is not None:
            self._open(plan)
        assert self._encoder is not None and self._planner.plan is not None
        keyframe = keyframe or plan is not None
        packet = self._encoder.encode(rgb, keyframe=keyframe)
        self.on_stage(Stage.BASE)
        self._planner.coded(len(packet))
        self._counter = 0 if keyframe else (self._counter + 1) % 256
        crf = self._crf(self._planner.plan, self._encoder.quantiser, keyframe=keyframe)
        stream = self._stream(rgb) if keyframe else None
        return EncodedFrame(
            payload=pack_hybrid(HybridHeader(counter=self._counter, crf=crf, stream=stream), packet),
            keyframe=keyframe,
            quality=quality_of(self._choice.base, crf),
        )

    def _open(self, plan: BasePlan) -> None:
        """Start a new base stream."""
        self._encoder = BaseEncoder(
            self._choice.base,
            self._width,
            self._height,
            crf=plan.crf,
            scale=FULL_SIZE,
            speed=self._choice.speed,
            threads=self._threads,
            bitrate_bps=plan.bitrate_bps,
        )

    def _crf(self, plan: BasePlan, quantiser: float | None, *, keyframe: bool) -> int:
        """Say how coarse a frame is, as a rate factor, whichever way the encoder was told."""
        if plan.bitrate_bps is None or quantiser is None:
            return plan.crf
        return self._meter.coded(quantiser, keyframe=keyframe)

    def _stream(self, rgb: Rgb) -> BaseStream:
        return BaseStream(
            base=self._choice.base,
            scale=FULL_SIZE,
            width=self._width,
            height=self._height,
            detail=fine_detail(rgb),
        )
