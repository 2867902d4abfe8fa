"""The window with its keys and its notes; where there is no display, nothing, said once."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from protocol import ReceiverSnapshot
from receiver.config import ReceiverConfig
from receiver.console import overlay_lines
from receiver.display import KeyPress, Window, open_window, save_picture
from receiver.overlay import Picture
from runtime.clock import now_us
from runtime.terminal import Reporter

_NOTE_AFTER_US = 1_000_000
"A note covers the picture only when none has come for this long: most troubles pass sooner."
_NOTE_REPEAT_US = 500_000


class Screen:
    """What a person sees of the stream, and what they want."""

    def __init__(self, config: ReceiverConfig, reporter: Reporter[ReceiverSnapshot]) -> None:
        self.closed = False
        "the person closed the window"
        self._config = config
        self._reporter = reporter
        self._window: Window | None = open_window(f"narrowcast {config.address}") if config.window else None
        if config.window and self._window is None:
            reporter.notice("there is no display here; going on without a window")
        self._lines: list[str] = []
        self._picture: Picture | None = None
        self._paused = False
        self._note = f"waiting for a sender at {config.address}"
        self._shown_us = 0
        self._noted_us = 0

    @property
    def has_window(self) -> bool:
        """Whether there is one."""
        return self._window is not None

    def show(self, rgb: Picture, age_ms: float | None) -> None:
        """Show a picture; `age_ms` is the time since it was taken, where that is known."""
        self._shown_us = now_us()
        if self._paused:
            return
        self._picture = rgb
        if self._window is not None:
            self._window.show(rgb, self._lines, age_ms=age_ms)

    def note(self, text: str) -> None:
        """What to say while no picture comes."""
        self._note = text

    def statistics(self, snapshot: ReceiverSnapshot) -> None:
        """The last second, for the overlay."""
        self._lines = overlay_lines(snapshot)

    def pump(self) -> None:
        """Let the window breathe and obey its keys."""
        if self._window is None:
            return
        for key in self._window.pump():
            if key is KeyPress.QUIT:
                self.closed = True
            elif key is KeyPress.PAUSE:
                self._paused = not self._paused
            elif key is KeyPress.SNAPSHOT and self._picture is not None:
                self._save(self._picture)
        now = now_us()
        if now - self._shown_us > _NOTE_AFTER_US and now - self._noted_us > _NOTE_REPEAT_US:
            self._noted_us = now
            self._window.show_banner(self._note)

    def close(self) -> None:
        """Take the window away."""
        if self._window is not None:
            self._window.close()

    def _save(self, picture: Picture) -> None:
        path = Path(self._config.snapshot_dir) / f"narrowcast-{datetime.now():%Y%m%d-%H%M%S-%f}.png"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            save_picture(picture, path)
            self._reporter.notice(f"saved {path}")
        except OSError as error:
            self._reporter.notice(f"cannot save {path}: {error.strerror}")
