"""Pictures, clips, small backbones and a peer with behaviour, shared by the benchmark's tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from narrowcast.benchmark.clips import Clip
from narrowcast.benchmark.errors import PeerError
from narrowcast.codec import Rgb
from narrowcast.codec.stages import OnStage

WIDTH, HEIGHT = 128, 96


def make_picture(seed: int = 0, *, width: int = WIDTH, height: int = HEIGHT) -> Rgb:
    """Draw soft blobs: neither flat nor noise."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (height // 8, width // 8, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def make_clip(frames: int = 6, *, name: str = "clip", width: int = WIDTH, height: int = HEIGHT) -> Clip:
    """Move a bright square over a still background with a little sensor noise."""
    background = make_picture(3, width=width, height=height) // 2 + 32
    pictures = []
    for index in range(frames):
        picture = background.copy()
        left = 8 + 6 * index
        picture[20:44, left : left + 24] = 220
        grain = np.random.default_rng(index).integers(0, 2, picture.shape, np.uint8)
        pictures.append(np.asarray(picture + grain, np.uint8))
    return Clip(name=name, frames=tuple(pictures), fps=15.0)


def write_video(path: Path, frames: int, *, width: int = 160, height: int = 120, fps: float = 30.0) -> None:
    """Write frames whose grey level tells their number: level 10 + 8 * index."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (width, height))
    assert writer.isOpened()
    for index in range(frames):
        writer.write(np.full((height, width, 3), 10 + 8 * index, np.uint8))
    writer.release()


class RoundingCoder:
    """Rounds levels to multiples of a step; each frame costs so many bytes, the first twice as many."""

    def __init__(self, *, frame_bytes: int, step: int = 1) -> None:
        self._frame_bytes, self._step = frame_bytes, step
        self._coded: list[Rgb] = []

    def watch(self, on_encode: OnStage, on_decode: OnStage) -> None:
        """Nothing is told."""

    def encode(self, rgb: Rgb) -> bytes:
        """Round every level."""
        self._coded.append(np.asarray(rgb // self._step * self._step, np.uint8))
        return bytes(self._frame_bytes if len(self._coded) > 1 else 2 * self._frame_bytes)

    def decode(self, payload: bytes) -> Rgb:
        """Give the picture that was coded last."""
        return self._coded[-1]

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, kw_only=True)
class SteppedPeer:
    """A codec that rounds levels to multiples of its setting; its frames cost 9600 / setting bytes."""

    name: str = "stepped"
    "as on the command line"
    settings: tuple[float, ...] = (64, 32, 16)
    "levels a step, from fewest bits to most"
    whole_settings: bool = True
    "whether only whole numbers are settings"
    fails: bool = False
    "whether it is not installed"

    def label(self, setting: float) -> str:
        """Name the setting."""
        return f"step {setting:g}"

    def open_stream(self, width: int, height: int, fps: float, setting: float) -> RoundingCoder:
        """Begin a stream."""
        if self.fails:
            raise PeerError("not installed")
        return RoundingCoder(frame_bytes=9600 // int(setting), step=int(setting))
