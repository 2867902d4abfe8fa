"""A video encoder of FFmpeg's through PyAV, set up for low delay."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

import av
import numpy as np
from av.codec.context import Flags
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

from narrowcast.benchmark.errors import PeerError
from narrowcast.codec import Rgb
from narrowcast.codec.hybrid.thread_priority import ordinary_priority
from narrowcast.codec.stages import OnStage

ENDLESS_GOP = 9999
"""Frames to the next keyframe: no clip is as long."""
SVT_LOG_VARIABLE, SVT_ERRORS_ONLY = "SVT_LOG", "1"
"""SVT-AV1 prints a page for each encoder it makes, unless the environment tells it not to."""


T = TypeVar("T")


class VideoCoder:
    """One stream through an encoder that is set up to give each picture at once."""

    def __init__(self, encoder: VideoCodecContext, decoder: VideoCodecContext) -> None:
        self._encoder, self._decoder = encoder, decoder
        self._frames = 0

    def watch(self, on_encode: OnStage, on_decode: OnStage) -> None:
        """FFmpeg tells nothing of its stages."""

    def encode(self, rgb: Rgb) -> bytes:
        """Code the next picture."""
        frame = to_yuv(rgb)
        frame.pts = self._frames
        self._frames += 1
        try:
            return bytes(self._only(self._encoder.encode(frame)))
        except FFmpegError as error:
            raise PeerError(f"{self._encoder.name}: {error.strerror}") from error

    def decode(self, payload: bytes) -> Rgb:
        """Decode the next payload."""
        try:
            return to_rgb(self._only(self._decoder.decode(av.Packet(payload))))
        except FFmpegError as error:
            raise PeerError(f"{self._decoder.name}: {error.strerror}") from error

    def close(self) -> None:
        """Tell the encoder that nothing more comes: SVT-AV1 complains where that is left out."""
        self._encoder.encode(None)

    def _only(self, given: Sequence[T]) -> T:
        """Return the one frame that a call gave: its time says nothing where a codec holds frames back."""
        if len(given) != 1:
            raise PeerError(f"{self._encoder.name} gave {len(given)} frames for one")
        return given[0]


@dataclass(frozen=True, kw_only=True)
class VideoPeer:
    """A video encoder of FFmpeg's: low delay, no B-frames, one keyframe."""

    name: str
    "as on the command line"
    encoder: str
    "FFmpeg's name of the encoder"
    decoder: str
    "FFmpeg's name of the decoder"
    settings: Sequence[float]
    "CRF, from fewest bits to most"
    options: dict[str, str]
    "the encoder's own; {threads} stands for their number"
    whole_settings: bool = False
    "whether the encoder takes only whole CRFs"
    threads: int = 1
    "of the encoder and the decoder"

    def label(self, setting: float) -> str:
        """Name the setting."""
        return f"crf {setting:.3g}"

    def open_stream(self, width: int, height: int, fps: float, setting: float) -> VideoCoder:
        """Open encoder and decoder; PeerError where FFmpeg was built without them, or refuses the options."""
        if not {self.encoder, self.decoder} <= av.codecs_available:
            raise PeerError("not installed")
        try:
            return VideoCoder(self.make_encoder(width, height, fps, setting), self.make_decoder())
        except FFmpegError as error:
            raise PeerError(f"{self.encoder}: {error.strerror}") from error

    def make_encoder(self, width: int, height: int, fps: float, setting: float) -> VideoCodecContext:
        """Open the encoder of one stream."""
        os.environ.setdefault(SVT_LOG_VARIABLE, SVT_ERRORS_ONLY)
        context = av.CodecContext.create(self.encoder, "w")
        assert isinstance(context, VideoCodecContext)
        context.width, context.height = width, height
        context.pix_fmt = "yuv420p"
        context.framerate = _fraction(fps)
        context.time_base = 1 / context.framerate
        context.gop_size = ENDLESS_GOP
        context.max_b_frames = 0
        context.bit_rate = 0
        context.thread_count = self.threads
        options = {name: value.format(threads=self.threads) for name, value in self.options.items()}
        context.options = {"crf": f"{setting:g}", **options}
        with ordinary_priority():
            context.open()
        return context

    def make_decoder(self) -> VideoCodecContext:
        """Open the decoder of one stream."""
        context = av.CodecContext.create(self.decoder, "r")
        assert isinstance(context, VideoCodecContext)
        context.thread_count = self.threads
        context.flags |= Flags.low_delay  # or dav1d holds frames back to decode several at a time
        return context


def to_yuv(rgb: Rgb) -> av.VideoFrame:
    """Convert to what the video encoders take."""
    return av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(
        format="yuv420p", interpolation="AREA", threads=1
    )


def to_rgb(frame: av.VideoFrame) -> Rgb:
    """Convert by way of 4:4:4: FFmpeg's direct path repeats colour samples, players interpolate them."""
    full = frame.reformat(format="yuv444p", interpolation="BICUBIC", threads=1)
    return np.asarray(full.reformat(format="rgb24", threads=1).to_ndarray(), np.uint8)


def _fraction(fps: float) -> Fraction:
    return Fraction(fps).limit_denominator(1001)
