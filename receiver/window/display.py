"""The window: shows pictures and statistics, reports keys. BGR, OpenCV's channel order, exists only in here.

All calls have to come from the thread that opened the window.
"""

from __future__ import annotations

import enum
import os
from collections.abc import Sequence

import cv2

from narrowcast.receiver.window.display_probe import display_usable
from narrowcast.receiver.window.overlay import (
    FRESH_MS,
    Picture,
    enlarged,
    pair_picture,
    waiting_picture,
    with_age,
    with_banner,
    with_mark,
    with_statistics,
    with_strip,
)

KEY_HELP = "q quit   s statistics   f full screen   c exact frame   space pause"


class KeyPress(enum.Enum):
    """A key of the window, by what it asks for."""

    QUIT = "quit"
    "q, Esc, or the window was closed"
    STATS = "stats"
    "s: the window has switched the statistics on or off"
    FULLSCREEN = "fullscreen"
    "f: the window has entered or left full screen"
    SNAPSHOT = "snapshot"
    "c: the picture should be saved, and the exact one fetched"
    PAUSE = "pause"
    "space: the picture should stand still, or go on"
    BACK = "back"
    "comma: to the keyframe before, in a recording"
    FORWARD = "forward"
    "full stop: to the next keyframe, in a recording"


_KEYS = {
    ord("q"): KeyPress.QUIT,
    27: KeyPress.QUIT,
    ord("s"): KeyPress.STATS,
    ord("f"): KeyPress.FULLSCREEN,
    ord("c"): KeyPress.SNAPSHOT,
    ord(" "): KeyPress.PAUSE,
    ord(","): KeyPress.BACK,
    ord("."): KeyPress.FORWARD,
}
_MAX_KEYS_PER_PUMP = 16
"A key that is held down must not keep the window from its pictures."


class Window:
    """A window that can be resized and keeps the picture's proportions."""

    def __init__(self, title: str, *, show_statistics: bool = False) -> None:
        self.statistics_shown = show_statistics
        self._title = title
        self._picture: Picture | None = None
        self._marked = False
        self._fullscreen = False
        self._closed = False
        self._sized_for: tuple[int, ...] | None = None
        cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)

    def show(
        self,
        rgb: Picture,
        overlay: Sequence[str] = (),
        *,
        age_ms: float | None = None,
        marked: bool = False,
        strip: str = "",
    ) -> None:
        """Show a picture.

        Args:
            rgb: uint8 [H, W, 3].
            overlay: lines for the corner, where statistics are on.
            age_ms: shown where statistics are on, and where it is stale.
            marked: say that a generator painted it.
            strip: words across the top, as in: paused 4 s.
        """
        self._picture, self._marked = rgb, marked
        picture = enlarged(rgb)
        if marked:
            picture = with_mark(picture)
        if self.statistics_shown:
            picture = with_statistics(picture, [*overlay, KEY_HELP])
        if age_ms is not None and (self.statistics_shown or age_ms > FRESH_MS):
            picture = with_age(picture, age_ms)
        if strip:
            picture = with_strip(picture, strip)
        self._draw(picture)

    def show_banner(self, text: str, detail: str = "") -> None:
        """Lay a line such as "link down 4 s" over the last picture, greyed so that it does not look live.

        Before the first picture, show the line alone.
        """
        if self._picture is None:
            self._draw(waiting_picture(text))
        else:
            picture = enlarged(self._picture)
            self._draw(with_banner(with_mark(picture) if self._marked else picture, text, detail))

    def show_pair(self, shown: Picture, exact: Picture) -> None:
        """Show a snapshot beside the exact frame behind it, each with a title."""
        # Into the window as it is: two pictures at full size may not fit on the screen.
        self._draw(pair_picture(enlarged(shown), enlarged(exact)), resize=False)

    def pump(self) -> list[KeyPress]:
        """Return what was pressed; call it after each picture and ten times a second, or it freezes."""
        pressed: list[KeyPress] = []
        for _ in range(_MAX_KEYS_PER_PUMP):
            code = cv2.pollKey()
            if code < 0:
                break
            key = _KEYS.get(code & 0xFF)
            if key is not None:
                self._obey(key)
                pressed.append(key)
        if self._is_gone() and KeyPress.QUIT not in pressed:
            pressed.append(KeyPress.QUIT)
        return pressed

    def close(self) -> None:
        """Close the window; harmless a second time, or after the person has closed it."""
        if self._closed:
            return
        gone = self._is_gone()
        self._closed = True
        if not gone:
            cv2.destroyWindow(self._title)
            cv2.pollKey()  # highgui closes windows only when it is polled

    def __enter__(self) -> Window:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _obey(self, key: KeyPress) -> None:
        """Obey the keys that concern the window alone."""
        if key is KeyPress.STATS:
            self.statistics_shown = not self.statistics_shown
        elif key is KeyPress.FULLSCREEN:
            self._fullscreen = not self._fullscreen
            wanted = cv2.WINDOW_FULLSCREEN if self._fullscreen else cv2.WINDOW_NORMAL
            cv2.setWindowProperty(self._title, cv2.WND_PROP_FULLSCREEN, wanted)

    def _draw(self, rgb: Picture, *, resize: bool = True) -> None:
        if self._closed or self._is_gone():
            return  # imshow would open a new window
        cv2.imshow(self._title, cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
        if resize and self._sized_for != rgb.shape and not self._fullscreen:
            self._sized_for = rgb.shape
            cv2.resizeWindow(self._title, rgb.shape[1], rgb.shape[0])

    def _is_gone(self) -> bool:
        """Whether the person has closed the window."""
        try:
            return self._closed or cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) < 1
        except cv2.error:
            return True


def open_window(title: str, *, show_statistics: bool = False) -> Window | None:
    """Open a window, or return None where there is no display; never ends the process."""
    # Qt would warn about fonts that the OpenCV wheel does not bring and that nothing here needs.
    os.environ.setdefault("QT_LOGGING_RULES", "*.warning=false;*.info=false;default.warning=false")
    if not display_usable():
        return None
    try:
        return Window(title, show_statistics=show_statistics)
    except cv2.error:
        return None
