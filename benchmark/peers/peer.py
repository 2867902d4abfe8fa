"""What every codec that is measured offers: a stream frame by frame, and a whole clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from narrowcast.benchmark.clips import Clip
from narrowcast.codec import Rgb
from narrowcast.codec.stages import OnStage


@dataclass(frozen=True, kw_only=True, eq=False)
class Coded:
    """A clip after one codec at one setting."""

    frame_bytes: tuple[int, ...]
    "size of each coded frame, the first is the keyframe"
    frames: tuple[Rgb, ...]
    "what the decoder made of them"


class StreamCoder(Protocol):
    """Encoder and decoder of one stream at one setting; PeerError where they fail."""

    def watch(self, on_encode: OnStage, on_decode: OnStage) -> None:
        """Tell of the stages of both halves from now on; nothing is told by codecs without stages."""
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

    def open_stream(self, width: int, height: int, fps: float, setting: float) -> StreamCoder:
        """Make encoder and decoder; PeerError where this installation lacks them."""
        ...


def code_clip(peer: Peer, clip: Clip, setting: float) -> Coded:
    """Encode and decode a clip frame by frame, a keyframe first; PeerError where that cannot be done."""
    height, width = clip.frames[0].shape[:2]
    coder = peer.open_stream(width, height, clip.fps, setting)
    payloads = []
    frames = []
    for rgb in clip.frames:
        payloads.append(coder.encode(rgb))
        frames.append(coder.decode(payloads[-1]))
    coder.close()
    return Coded(frame_bytes=tuple(map(len, payloads)), frames=tuple(frames))
