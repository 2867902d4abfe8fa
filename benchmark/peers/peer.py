"""What every codec that is measured offers, and what it makes of a clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from benchmark.clips import Clip
from codec import Rgb


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
