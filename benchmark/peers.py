"""The codecs that are measured against each other: narrowcast's own, and video encoders through PyAV."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import av
import numpy as np
from av.codec.context import Flags
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

import codec
from codec import Rgb

from .clips import Clip
from .errors import PeerError

PICTURE_QUALITIES = (0.0, 0.15, 0.4, 0.7)
"""Quality of jpeg, webp and avif; at 15 fps all but the lowest are above what a thin link carries."""
GAN_QUALITIES = (0.0, 0.15, 0.3, 0.45, 0.6, 0.8, 1.0)
HYBRID_QUALITIES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
ENDLESS_GOP = 9999
"""Frames to the next keyframe: no clip is as long."""
SVT_LOG_VARIABLE, SVT_ERRORS_ONLY = "SVT_LOG", "1"
"""SVT-AV1 prints a page for each encoder it makes, unless the environment tells it not to."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Coded:
    """A clip after one codec at one setting."""

    frame_bytes: tuple[int, ...]
    "size of each coded frame, the first is the keyframe"
    frames: tuple[Rgb, ...]
    "what the decoder made of them"


class Peer(Protocol):
    """One codec with a scale from few bits to many."""

    @property
    def name(self) -> str:
        """As on the command line."""
        ...

    @property
    def settings(self) -> Sequence[float]:
        """The settings to measure, from fewest bits to most."""
        ...

    @property
    def whole_settings(self) -> bool:
        """Whether only whole numbers are settings."""
        ...

    def label(self, setting: float) -> str:
        """Name the setting: "crf 31"."""
        ...

    def code(self, clip: Clip, setting: float) -> Coded:
        """Encode and decode a clip, a keyframe first; PeerError where that cannot be done."""
        ...


class NarrowcastPeer:
    """A codec of narrowcast, frame by frame as a stream would use it."""

    whole_settings = False

    def __init__(self, name: str, settings: Sequence[float], *, device: str, threads: int) -> None:
        self.name, self.settings = name, settings
        self._device, self._threads = device, threads
        self._pair: tuple[tuple[int, int], codec.Encoder, codec.Decoder] | None = None

    def label(self, setting: float) -> str:
        """Name the setting."""
        return f"q {setting:.2f}"

    def code(self, clip: Clip, setting: float) -> Coded:
        """Encode and decode a clip."""
        try:
            return self._code(clip, setting)
        except codec.UnknownCodecError as error:
            raise PeerError("not installed") from error
        except codec.CodecError as error:
            raise PeerError(str(error)) from error

    def _code(self, clip: Clip, setting: float) -> Coded:
        encoder, decoder = self._make_pair(clip)
        sizes: list[int] = []
        frames: list[Rgb] = []
        for index, rgb in enumerate(clip.frames):
            payload = encoder.encode(rgb, quality=setting, keyframe=index == 0).payload
            sizes.append(len(payload))
            frames.append(decoder.decode(payload))
        return Coded(frame_bytes=tuple(sizes), frames=tuple(frames))

    def _make_pair(self, clip: Clip) -> tuple[codec.Encoder, codec.Decoder]:
        """Make encoder and decoder once a size: a keyframe resets both."""
        height, width = clip.frames[0].shape[:2]
        if self._pair is None or self._pair[0] != (width, height):
            self._pair = ((width, height), *self._new_pair(width, height))
        return self._pair[1], self._pair[2]

    def _new_pair(self, width: int, height: int) -> tuple[codec.Encoder, codec.Decoder]:
        encoder = codec.create_encoder(
            self.name, width=width, height=height, device=self._device, threads=self._threads
        )
        decoder = codec.create_decoder(
            self.name, width=width, height=height, device=self._device, threads=self._threads
        )
        return encoder, decoder


class HybridBasePeer(NarrowcastPeer):
    """The hybrid codec without its generator: what the generator is measured against."""

    def _new_pair(self, width: int, height: int) -> tuple[codec.Encoder, codec.Decoder]:
        # Imported here: it brings torch, which video encoders are measured without.
        from codec.hybrid_decoder import HybridDecoder

        encoder = codec.create_encoder("hybrid", width=width, height=height, threads=self._threads)
        return encoder, HybridDecoder(None, width=width, height=height, threads=self._threads)


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
    "the encoder's own"
    whole_settings: bool
    "whether the encoder takes only whole CRFs"
    threads: int
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
        context.options = {"crf": f"{setting:g}", **self.options}
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


def make_peer(name: str, *, device: str = "auto", threads: int = 1) -> Peer:
    """Make the codec of that name; PeerError where there is no such name."""
    if name == "gan":
        return NarrowcastPeer(name, GAN_QUALITIES, device=device, threads=threads)
    if name == "hybrid":
        return NarrowcastPeer(name, HYBRID_QUALITIES, device=device, threads=threads)
    if name == "hybrid-base":
        return HybridBasePeer(name, HYBRID_QUALITIES, device=device, threads=threads)
    if name in ("jpeg", "webp", "avif"):
        return NarrowcastPeer(name, PICTURE_QUALITIES, device=device, threads=threads)
    if name in _VIDEO:
        return _VIDEO[name](threads)
    raise PeerError(f"no codec {name!r}; choose from {', '.join(PEER_NAMES)}")


def _x264(threads: int) -> VideoPeer:
    return VideoPeer(
        name="x264",
        encoder="libx264",
        decoder="h264",
        settings=(46, 41, 36, 31, 26),
        options={
            "preset": "veryfast",
            "tune": "zerolatency",
            "x264-params": "keyint=infinite:bframes=0:scenecut=0",
        },
        whole_settings=False,
        threads=threads,
    )


def _x265(threads: int) -> VideoPeer:
    return VideoPeer(
        name="x265",
        encoder="libx265",
        decoder="hevc",
        settings=(46, 41, 36, 31, 26),
        options={
            "preset": "superfast",
            "tune": "zerolatency",
            "x265-params": f"keyint=-1:bframes=0:scenecut=0:pools={threads}:log-level=none",
        },
        whole_settings=False,
        threads=threads,
    )


def _svt_av1(threads: int) -> VideoPeer:
    return VideoPeer(
        name="svt-av1",
        encoder="libsvtav1",
        decoder="libdav1d",
        settings=(62, 56, 48, 40, 32),
        options={"preset": "10", "svtav1-params": f"pred-struct=1:lookahead=0:keyint=-1:scd=0:lp={threads}"},
        whole_settings=True,
        threads=threads,
    )


def _vp9(threads: int) -> VideoPeer:
    return VideoPeer(
        name="vp9",
        encoder="libvpx-vp9",
        decoder="vp9",
        settings=(62, 56, 48, 40, 32),
        options={"deadline": "realtime", "cpu-used": "7", "lag-in-frames": "0", "auto-alt-ref": "0"},
        whole_settings=True,
        threads=threads,
    )


_VIDEO = {"x264": _x264, "x265": _x265, "svt-av1": _svt_av1, "vp9": _vp9}
LEARNED_PEERS = ("hybrid", "gan")
"""Narrowcast's own."""

DEFAULT_PEERS = ("hybrid", "gan", "jpeg", "webp", "avif", *_VIDEO)
"""What is measured unless told otherwise, in the order of the tables."""
PEER_NAMES = (*DEFAULT_PEERS, "hybrid-base")
"""Every codec that can be measured."""
