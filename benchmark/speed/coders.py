"""Narrowcast and its peers, frame by frame, as the speed benchmark calls them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Protocol, TypeVar, cast

import codec
from benchmark.errors import PeerError
from benchmark.speed.case import VIDEO, SpeedCase
from codec import Rgb
from codec.registry import BACKEND_VARIABLE
from codec.stages import OnStage, Staged

FPS = 15.0
"""What the video encoders are told."""

T = TypeVar("T")


class TimedCoder(Protocol):
    """Encoder and decoder of one stream."""

    @property
    def setting(self) -> str:
        """Quality or CRF, as the codec calls it."""
        ...

    def watch(self, on_encode: OnStage, on_decode: OnStage) -> None:
        """Tell of the stages of both halves from now on, where the codec can be looked into."""
        ...

    def encode(self, rgb: Rgb) -> bytes:
        """Code the next picture; the first one becomes the keyframe."""
        ...

    def decode(self, payload: bytes) -> Rgb:
        """Decode the next payload."""
        ...

    def close(self) -> None:
        """End the stream."""
        ...


class NarrowcastCoder:
    """A codec of narrowcast; those that code each picture by itself tell nothing of their stages."""

    def __init__(self, case: SpeedCase) -> None:
        device = "cuda" if case.backend == "cuda" else "cpu"
        self.setting = f"q {case.quality:.2f}"
        self._quality = case.quality
        self._encoder = codec.create_encoder(
            case.codec, width=case.width, height=case.height, device=device, threads=case.threads
        )
        self._decoder = codec.create_decoder(
            case.codec, width=case.width, height=case.height, device=device, threads=case.threads
        )

    def watch(self, on_encode: OnStage, on_decode: OnStage) -> None:
        """Nothing is told."""

    def encode(self, rgb: Rgb) -> bytes:
        """Code the next picture."""
        return self._encoder.encode(rgb, quality=self._quality).payload

    def decode(self, payload: bytes) -> Rgb:
        """Decode the next payload."""
        return self._decoder.decode(payload)

    def close(self) -> None:
        """Nothing is open."""


class LearnedCoder(NarrowcastCoder):
    """A learned codec, on the backend that the case names; it can be looked into."""

    def __init__(self, case: SpeedCase) -> None:
        if case.backend == "torch":
            os.environ[BACKEND_VARIABLE] = "torch"
        elif case.backend == "openvino" and find_spec("openvino") is None:
            raise PeerError("openvino is not installed")  # the codec would go on with torch
        super().__init__(case)

    def watch(self, on_encode: OnStage, on_decode: OnStage) -> None:
        """Tell of the stages of both halves from now on."""
        cast(Staged, self._encoder).on_stage = on_encode
        cast(Staged, self._decoder).on_stage = on_decode


class VideoCoder:
    """A video codec of FFmpeg's, with the way from and to RGB."""

    def __init__(self, case: SpeedCase) -> None:
        import av.error

        from benchmark.peers.catalogue import make_peer
        from benchmark.peers.video_peer import VideoPeer, to_rgb, to_yuv

        peer = make_peer(case.codec, threads=case.threads)
        assert isinstance(peer, VideoPeer)
        peer.check_installed()
        setting = peer.settings[len(peer.settings) // 2]
        self.setting = peer.label(setting)
        self._encoder = peer.make_encoder(case.width, case.height, FPS, setting)
        self._decoder = peer.make_decoder()
        self._to_yuv, self._to_rgb = to_yuv, to_rgb
        self._packet, self._error = av.Packet, av.error.FFmpegError
        self._frames = 0

    def watch(self, on_encode: OnStage, on_decode: OnStage) -> None:
        """FFmpeg tells nothing of its stages."""

    def encode(self, rgb: Rgb) -> bytes:
        """Code the next picture."""
        frame = self._to_yuv(rgb)
        frame.pts = self._frames
        self._frames += 1
        try:
            return bytes(_only(self._encoder.encode(frame)))
        except self._error as error:
            raise PeerError(f"FFmpeg: {error.strerror}") from error

    def decode(self, payload: bytes) -> Rgb:
        """Decode the next payload."""
        try:
            return self._to_rgb(_only(self._decoder.decode(self._packet(payload))))
        except self._error as error:
            raise PeerError(f"FFmpeg: {error.strerror}") from error

    def close(self) -> None:
        """Tell the encoder that nothing more comes: SVT-AV1 complains where that is left out."""
        self._encoder.encode(None)


def _only(given: Sequence[T]) -> T:
    """Return the one frame that a call gave: its time says nothing where a codec holds frames back."""
    if len(given) != 1:
        raise PeerError(f"gave {len(given)} frames for one, so its time cannot be told")
    return given[0]


def make_coder(case: SpeedCase) -> TimedCoder:
    """Make encoder and decoder; PeerError where this installation lacks them."""
    if case.codec in VIDEO:
        return VideoCoder(case)
    try:
        return LearnedCoder(case) if case.backend else NarrowcastCoder(case)
    except codec.UnknownCodecError as error:
        raise PeerError("not installed") from error
    except codec.BackendError as error:
        raise PeerError(str(error)) from error
