"""The window on a live stream: obeys its keys, and says over a picture that is not live why it is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from narrowcast.receiver.frame import DecodedFrame
from narrowcast.receiver.link_state import StaleNote
from narrowcast.receiver.recording.snapshots import Snapshot
from narrowcast.receiver.window.display import KeyPress, Window
from narrowcast.receiver.window.overlay import with_mark

_NOTE_INTERVAL_US = 500_000
"Between two drawings of a banner or of the pause, which count the seconds."

_PAIR_US = 8_000_000
"A snapshot beside its exact frame covers the stream for so long, or until a key is pressed."


class LiveWindow:
    """Decides what the window shows. Belongs to the thread that opened the window."""

    def __init__(
        self,
        window: Window,
        *,
        is_marked: Callable[[DecodedFrame], bool],
        on_snapshot: Callable[[DecodedFrame], object],
    ) -> None:
        """Begin without a picture.

        Args:
            window: draws what is decided here.
            is_marked: whether a picture has to say that a generator painted it.
            on_snapshot: takes the picture that is shown when the key for a snapshot is pressed.
        """
        self.closed = False
        "the person closed the window, or pressed the key that quits"
        self._window = window
        self._is_marked = is_marked
        self._on_snapshot = on_snapshot
        self._lines: Sequence[str] = ()
        self._shown: DecodedFrame | None = None
        self._paused_us: int | None = None
        self._noted_us = 0
        self._pair_until_us = 0

    def show(self, decoded: DecodedFrame, age_ms: float | None, now_us: int) -> None:
        """Show a picture, unless the window is paused or shows a snapshot."""
        if self._paused_us is not None:
            return
        self._shown = decoded
        if now_us >= self._pair_until_us:
            self._window.show(decoded.rgb, self._lines, age_ms=age_ms, marked=self._is_marked(decoded))

    def set_statistics(self, lines: Sequence[str]) -> None:
        """Set the lines that are drawn over the pictures from now on."""
        self._lines = lines

    def show_snapshot(self, snapshot: Snapshot, now_us: int) -> None:
        """Show a snapshot beside the exact frame behind it, once that has come."""
        if snapshot.exact is not None:
            shown = with_mark(snapshot.shown) if snapshot.painted else snapshot.shown
            self._window.show_pair(shown, snapshot.exact)
            self._pair_until_us = now_us + _PAIR_US

    def pump(self, note: StaleNote | None, now_us: int) -> None:
        """Obey the keys and draw what changes with time; `note` says why the picture is not live."""
        self._obey_keys(now_us)
        if now_us < max(self._pair_until_us, self._noted_us + _NOTE_INTERVAL_US):
            return
        if note is not None:
            self._noted_us = now_us
            self._window.show_banner(note.headline, note.detail)
        elif self._paused_us is not None and self._shown is not None:
            self._noted_us = now_us
            strip = f"paused {(now_us - self._paused_us) // 1_000_000} s"
            marked = self._is_marked(self._shown)
            self._window.show(self._shown.rgb, self._lines, marked=marked, strip=strip)

    def close(self) -> None:
        """Close the window."""
        self._window.close()

    def _obey_keys(self, now_us: int) -> None:
        for key in self._window.pump():
            self._pair_until_us = 0
            if key is KeyPress.QUIT:
                self.closed = True
            elif key is KeyPress.PAUSE:
                self._paused_us = now_us if self._paused_us is None else None
                self._noted_us = 0
            elif key is KeyPress.SNAPSHOT and self._shown is not None:
                self._on_snapshot(self._shown)
