"""The screen as a source, through mss (an extra): all of one monitor or a part of it."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from narrowcast.errors import SourceError
from narrowcast.sender.sources.fit import Picture

SCREEN_FPS = 15.0
"Where no pace is asked for."


@dataclass(frozen=True, kw_only=True)
class ScreenArea:
    """What is to be seen of the screen."""

    monitor: int
    "from 1"
    width: int | None = None
    "pixels; None: all of the monitor"
    height: int | None = None
    left: int = 0
    "pixels from the monitor's left edge"
    top: int = 0


def parse_screen(text: str) -> ScreenArea:
    """Read "screen:", "screen:2", "screen:640x360+100+50" or "screen:2:640x360+100+50"; checked before."""
    number, _, area = text.removeprefix("screen:").rpartition(":")
    if "x" not in area:
        return ScreenArea(monitor=int(area or 1))
    width, height, left, top = map(int, re.split("[x+]", area))
    return ScreenArea(monitor=int(number or 1), width=width, height=height, left=left, top=top)


class ScreenInput:
    """An open screen: a picture of it at an even pace."""

    def __init__(self, text: str, fps: float) -> None:
        """Open it; SourceError where there is no screen, no such part of it, or no mss."""
        try:
            import mss  # an extra
            from mss.exception import ScreenShotError
        except ImportError as error:
            raise SourceError("the screen needs the package mss: pip install mss") from error
        self._error: Any = ScreenShotError
        try:
            self._screen: Any = getattr(mss, "MSS", mss.mss)()  # its name until version 10
            monitors = self._screen.monitors[1:]  # the first entry is all of them together
        except (ScreenShotError, OSError, AttributeError) as error:
            raise SourceError(
                f"no screen can be seen from here ({error}); start it where DISPLAY is set, "
                "on a desktop with X11 (Wayland shows only programs that run in XWayland)"
            ) from error
        self._area = _area_of(parse_screen(text), monitors)
        self._period_s = 1 / fps
        self._next_s = 0.0
        self._shot: Any = None

    def advance(self) -> bool:
        """Take the next picture when it is due; False where the screen has gone."""
        now_s = time.monotonic()
        time.sleep(max(0.0, self._next_s - now_s))
        self._next_s = max(self._next_s, now_s) + self._period_s
        try:
            self._shot = self._screen.grab(self._area)
        except self._error:
            return False
        return True

    def picture(self) -> Picture:
        """Convert it to uint8 RGB [H, W, 3]."""
        bgra = np.frombuffer(self._shot.raw, np.uint8).reshape(self._shot.height, self._shot.width, 4)
        return np.ascontiguousarray(bgra[..., 2::-1])

    def close(self) -> None:
        """Let go of the screen."""
        self._screen.close()


def _area_of(wanted: ScreenArea, monitors: list[dict[str, int]]) -> dict[str, int]:
    """Return what mss takes; SourceError where it lies outside the screen."""
    if not 1 <= wanted.monitor <= len(monitors):
        raise SourceError(f"there is no screen {wanted.monitor}; this machine has {len(monitors)}")
    monitor = monitors[wanted.monitor - 1]
    width, height = wanted.width or monitor["width"], wanted.height or monitor["height"]
    if wanted.left + width > monitor["width"] or wanted.top + height > monitor["height"]:
        raise SourceError(
            f"{width}x{height} from {wanted.left} across and {wanted.top} down lies outside the screen, "
            f"which has {monitor['width']}x{monitor['height']}"
        )
    return {
        "left": monitor["left"] + wanted.left,
        "top": monitor["top"] + wanted.top,
        "width": width,
        "height": height,
    }
