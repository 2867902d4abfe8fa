"""The sender's half of the hybrid codec: picture in, the base layer's packet out."""

from __future__ import annotations

import time

from codec.api import BitBudget, EncodedFrame, Rgb
from codec.frame_size import check_picture
from codec.hybrid.base_layer import FULL_SIZE, BaseEncoder
from codec.hybrid.base_plan import BasePlanner, quality_of
from codec.hybrid.base_speed import BaseChoice, SpeedKeeper
from codec.hybrid.detail import fine_detail
from codec.hybrid.header import BaseStream, HybridHeader, pack_hybrid
from codec.hybrid.quantiser_meter import QuantiserMeter
from codec.stages import OnStage, Stage, ignore_stage


class HybridEncoder:
    """Encoder of one stream of one picture size; see codec.api.Encoder."""

    def __init__(self, choice: BaseChoice, *, width: int, height: int, threads: int = 1) -> None:
        self._base = choice.base
        self._speeds = SpeedKeeper(choice)
        self._width, self._height, self._threads = width, height, threads
        self._planner = BasePlanner(self._base, pixels=width * height)
        self._meter = QuantiserMeter(self._base)
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
        keyframes only where it strays far or for long. Where the encoder is too slow for this machine, a
        faster preset takes over with a keyframe. No frame is droppable: that encoder has one chain.
        """
        check_picture(rgb, self._width, self._height)
        plan = self._planner.next(quality, budget, keyframe=keyframe)
        keyframe = keyframe or plan is not None
        other_speed = self._speeds.change(keyframe=keyframe)
        if plan is not None or other_speed:
            self._open()
            keyframe = True
        packet = self._code(rgb, keyframe=keyframe)
        self.on_stage(Stage.BASE)
        self._planner.coded(len(packet))
        self._counter = 0 if keyframe else (self._counter + 1) % 256
        crf = self._crf(keyframe=keyframe)
        stream = self._stream(rgb) if keyframe else None
        return EncodedFrame(
            payload=pack_hybrid(HybridHeader(counter=self._counter, crf=crf, stream=stream), packet),
            keyframe=keyframe,
            quality=quality_of(self._base, crf),
        )

    def _open(self) -> None:
        """Start a new base stream."""
        plan = self._planner.plan
        assert plan is not None
        self._encoder = BaseEncoder(
            self._base,
            self._width,
            self._height,
            crf=plan.crf,
            scale=FULL_SIZE,
            speed=self._speeds.speed,
            threads=self._threads,
            bitrate_bps=plan.bitrate_bps,
        )

    def _code(self, rgb: Rgb, *, keyframe: bool) -> bytes:
        """Code a picture to the base layer's packet, and learn how long that takes."""
        assert self._encoder is not None
        started = time.perf_counter()
        packet = self._encoder.encode(rgb, keyframe=keyframe)
        if not keyframe:
            self._speeds.coded(time.perf_counter() - started)
        return packet

    def _crf(self, *, keyframe: bool) -> int:
        """Say how coarse the last frame is, as a rate factor, whichever way the encoder was told."""
        assert self._encoder is not None and self._planner.plan is not None
        plan, quantiser = self._planner.plan, self._encoder.quantiser
        if plan.bitrate_bps is None or quantiser is None:
            return plan.crf
        return self._meter.coded(quantiser, keyframe=keyframe)

    def _stream(self, rgb: Rgb) -> BaseStream:
        return BaseStream(
            base=self._base,
            scale=FULL_SIZE,
            width=self._width,
            height=self._height,
            detail=fine_detail(rgb),
        )
