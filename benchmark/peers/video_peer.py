"""A video encoder of FFmpeg's through PyAV, set up for low delay."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.codec.context import Flags
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

from benchmark.clips import Clip
from benchmark.errors import PeerError
from benchmark.peers.peer import Coded
from codec import Rgb
from codec.hybrid.thread_priority import ordinary_priority

ENDLESS_GOP = 9999
"""Frames to the next keyframe: no clip is as long."""
SVT_LOG_VARIABLE, SVT_ERRORS_ONLY = "SVT_LOG", "1"
"""SVT-AV1 prints a page for each encoder it makes, unless the environment tells it not to."""


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

    def code(self, clip: Clip, setting: float) -> Coded:
        """Encode and decode a clip."""
        self.check_installed()
        try:
            packets = self._encode(clip, setting)
            frames = self._decode(packets)
        except FFmpegError as error:
            raise PeerError(f"{self.encoder}: {error.strerror}") from error
        if len(frames) != len(clip.frames) or len(packets) != len(clip.frames):
            raise PeerError(
                f"{self.encoder} made {len(packets)} packets and {len(frames)} pictures of {len(clip.frames)}"
            )
        return Coded(frame_bytes=tuple(len(packet) for packet in packets), frames=tuple(frames))

    def check_installed(self) -> None:
        """Raise PeerError where FFmpeg was built without it."""
        if not {self.encoder, self.decoder} <= av.codecs_available:
            raise PeerError("not installed")

    def _encode(self, clip: Clip, setting: float) -> list[bytes]:
        height, width = clip.frames[0].shape[:2]
        context = self.make_encoder(width, height, clip.fps, setting)
        packets: list[bytes] = []
        for index, rgb in enumerate(clip.frames):
            frame = to_yuv(rgb)
            frame.pts = index
            packets += [bytes(packet) for packet in context.encode(frame)]
        return packets + [bytes(packet) for packet in context.encode(None)]

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

    def _decode(self, packets: list[bytes]) -> list[Rgb]:
        context = self.make_decoder()
        frames: list[Rgb] = []
        for packet in [*map(av.Packet, packets), None]:
            frames += [to_rgb(frame) for frame in context.decode(packet)]
        return frames

    def make_decoder(self) -> VideoCodecContext:
        """Open the decoder of one stream."""
        context = av.CodecContext.create(self.decoder, "r")
        assert isinstance(context, VideoCodecContext)
        context.thread_count = self.threads
        context.flags |= Flags.low_delay  # or dav1d holds frames back to decode several at a time
        return context


def to_yuv(rgb: Rgb) -> av.VideoFrame:
    """Convert to what the video encoders take."""
    return av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(format="yuv420p", interpolation="AREA")


def to_rgb(frame: av.VideoFrame) -> Rgb:
    """Convert by way of 4:4:4: FFmpeg's direct path repeats colour samples, players interpolate them."""
    full = frame.reformat(format="yuv444p", interpolation="BICUBIC")
    return np.asarray(full.to_ndarray(format="rgb24"), np.uint8)


def _fraction(fps: float) -> Fraction:
    return Fraction(fps).limit_denominator(1001)
