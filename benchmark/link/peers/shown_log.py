"""What a receiver under measurement writes down: when it showed which picture, and some of the pictures."""

from __future__ import annotations

import json
import os
from pathlib import Path

from codec import Rgb
from runtime.clock import now_us
from runtime.picture_files import write_png

PICTURE_INTERVAL_US = 1_000_000
"""A picture a second is kept for its quality: more would cost the receiver time that is being measured."""


class ShownLog:
    """Writes one JSON line a picture, and keeps some as `<capture_us>.png`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._next_us = 0

    def shown(self, rgb: Rgb, capture_us: int) -> None:
        """Tell that a picture (uint8 [H, W, 3]) has been shown, just now."""
        shown_us = now_us()
        line = {"event": "shown", "capture_us": capture_us, "shown_us": shown_us}
        print(json.dumps(line), flush=True)
        if shown_us >= self._next_us:
            self._next_us = shown_us + PICTURE_INTERVAL_US
            # Under its name only when it is whole: this program may be stopped at any time.
            draft = self._folder / "draft"
            write_png(draft.with_suffix(".png"), rgb)
            os.replace(draft.with_suffix(".png"), self._folder / f"{capture_us}.png")


def kept_pictures(folder: Path) -> dict[int, Path]:
    """List the pictures that were kept by their capture time."""
    return {int(path.stem): path for path in sorted(folder.glob("*.png")) if path.stem.isdecimal()}
