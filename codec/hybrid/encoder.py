"""The sender's half of the hybrid codec: picture in, the base layer's packet out."""

from __future__ import annotations

import logging
import time

import cv2
import numpy as np

from narrowcast.codec.api import BitBudget, EncodedFrame, Rgb, check_picture
from narrowcast.codec.hybrid.base_format import FULL_SIZE
from narrowcast.codec.hybrid.base_layer import BaseEncoder
from narrowcast.codec.hybrid.header import BaseStream, PayloadChain
from narrowcast.codec.hybrid.preset_choice import BaseChoice, PresetKeeper
from narrowcast.codec.hybrid.rate_plan import QuantiserMeter, RatePlanner, quality_of
from narrowcast.codec.hybrid.stall import StalledEncoderError
from narrowcast.codec.hybrid.svt_av1 import svt_av1_library
from narrowcast.codec.stages import CodingStage, OnStage, ignore_stage

logger = logging.getLogger(__name__)

FINE_SIGMA, COARSE_SIGMA = 1, 3
"""Pixels: detail is what a Gaussian of this width takes away."""


class HybridEncoder:
    """Encoder of one stream of one picture size; see codec.api.Encoder."""

    def __init__(self, choice: BaseChoice, *, width: int, height: int, threads: int = 1) -> None:
        self._base = choice.base
        self._presets = PresetKeeper(choice)
        self._width, self._height, self._threads = width, height, threads
        self._planner = RatePlanner(self._base, pixels=width * height)
        self._meter = QuantiserMeter(self._base)
        self._encoder: BaseEncoder | None = None
        svt_av1_library()  # found now: later, with many receivers, no descriptor may be free to look for it
        self._chain = PayloadChain()
        self.on_stage: OnStage = ignore_stage
        "called when a stage ends, for benchmarks"

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
        other_preset = self._presets.change(keyframe=keyframe)
        if plan is not None or other_preset or self._encoder is None:
            self._open()
            keyframe = True
        try:
            packet = self._code(rgb, keyframe=keyframe)
        except StalledEncoderError as error:
            logger.warning("%s; another encoder goes on with a keyframe", error)
            self._open()
            keyframe = True
            packet = self._code(rgb, keyframe=keyframe)
        self.on_stage(CodingStage.BASE)
        self._planner.coded(len(packet))
        crf = self._crf(keyframe=keyframe)
        stream = self._stream(rgb) if keyframe else None
        return EncodedFrame(
            payload=self._chain.pack(packet, crf=crf, stream=stream),
            keyframe=keyframe,
            quality=quality_of(self._base, crf),
        )

    def rest(self) -> None:
        """Close the base stream's encoder with its threads; see codec.api.RestingEncoder."""
        self._encoder = None

    def _open(self) -> None:
        """Start a new base stream."""
        plan = self._planner.plan
        assert plan is not None
        self._encoder = None  # where the new one cannot be opened, the next picture tries again
        self._encoder = BaseEncoder(
            self._base,
            self._width,
            self._height,
            crf=plan.crf,
            scale=FULL_SIZE,
            preset=self._presets.preset,
            threads=self._threads,
            bitrate_bps=plan.bitrate_bps,
        )
        self._planner.changes_are_free = self._encoder.changes_rate

    def _code(self, rgb: Rgb, *, keyframe: bool) -> bytes:
        """Code a picture to the base layer's packet, and learn how long that takes."""
        assert self._encoder is not None and self._planner.plan is not None
        self._encoder.bitrate_bps = self._planner.plan.bitrate_bps
        started = time.perf_counter()
        packet = self._encoder.encode(rgb, keyframe=keyframe)
        self._presets.coded(time.perf_counter() - started, keyframe=keyframe)
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


def fine_detail(rgb: Rgb) -> float:
    """Return the share of a picture's detail that is finer than about two pixels, 0 to 1: how crisp it is.

    About 0.25 for an enlarged or unfocused picture, 0.4 for a webcam's, 0.5 and more for a crisp one.
    """
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine, coarse = (
        float(np.abs(grey - cv2.GaussianBlur(grey, (0, 0), sigma)).mean())
        for sigma in (FINE_SIGMA, COARSE_SIGMA)
    )
    return 0.0 if coarse == 0.0 else min(1.0, fine / coarse)
