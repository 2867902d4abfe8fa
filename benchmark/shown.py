"""What a receiver under measurement writes down: when it showed which picture, and some of the pictures."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from narrowcast.codec import Rgb
from narrowcast.runtime.picture_files import write_png

PICTURE_INTERVAL_US = 1_000_000
"""A picture a second is kept for its quality: more would cost the receiver time that is being measured."""


@dataclass(frozen=True, kw_only=True)
class ShownPicture:
    """A picture on the screen."""

    capture_sender_us: int
    "when it was due at the source, on the sender's clock"
    shown_us: int
    "when it had been shown, on the receiver's clock"


@dataclass(frozen=True, kw_only=True)
class ShownFrame(ShownPicture):
    """A picture that narrowcast showed; times are on the receiver's clock unless the name says otherwise."""

    number: int | None
    "read out of the test pattern; None where it cannot be read"
    capture_us: int | None
    "when it was captured, by the estimate of the sender's clock; None while that is unknown"
    wait_us: int
    "from capture until the encoder took it, both on the sender's clock"
    encode_us: int
    "one picture to its payload"
    sent_us: int | None
    "when it was handed to the sender's transport, by the same estimate; None while unknown"
    receive_us: int
    "when the frame arrived"
    decode_us: int
    "one payload to its picture"


class ShownLog:
    """Writes one JSON line for each picture, and keeps some as `<capture time>.png` where it has a folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._next_us = 0

    def add(self, rgb: Rgb, shown: ShownPicture) -> None:
        """Note that a picture (uint8 [H, W, 3]) has just been shown."""
        # Written at once: this program may be stopped at any time.
        print(json.dumps({"event": "shown"} | asdict(shown)), flush=True)
        if self._folder is not None and shown.shown_us >= self._next_us:
            self._next_us = shown.shown_us + PICTURE_INTERVAL_US
            draft = self._folder / "draft.png"
            write_png(draft, rgb, overwrite=True)
            os.replace(draft, self._folder / f"{shown.capture_sender_us}.png")


def kept_pictures(folder: Path) -> dict[int, Path]:
    """List the pictures that were kept by their capture time."""
    return {int(path.stem): path for path in sorted(folder.glob("*.png")) if path.stem.isdecimal()}
