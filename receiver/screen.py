"""What people see of the stream: the window with its keys, the page with its buttons, and what they want."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from protocol import ReceiverSnapshot, StreamParameters
from receiver.button_recording import ButtonRecording
from receiver.config import ReceiverConfig
from receiver.console import overlay_lines
from receiver.decoding import DecodedFrame
from receiver.display import KeyPress, Window, open_window, save_picture
from receiver.link_state import LinkState
from receiver.overlay import Picture
from receiver.web.errors import WebError
from runtime.clock import now_us
from runtime.terminal import Reporter

if TYPE_CHECKING:
    from receiver.web.view import WebView

_NOTE_REPEAT_US = 500_000


class Screen:
    """Whatever there is of window and page; with neither, everything is taken and nothing shown."""

    def __init__(self, config: ReceiverConfig, reporter: Reporter[ReceiverSnapshot]) -> None:
        self.closed = False
        "the person closed the window"
        self._config = config
        self._reporter = reporter
        self._page = _open_page(config, reporter)
        self._window: Window | None = open_window(f"narrowcast {config.address}") if config.window else None
        if config.window and self._window is None:
            reporter.notice("there is no display here; going on without a window")
        self._link = LinkState(config.address)
        self._recording = ButtonRecording(config.snapshot_dir, self._tell)
        self._lines: list[str] = []
        self._picture: Picture | None = None
        self._paused = False
        self._noted_us = 0

    @property
    def has_window(self) -> bool:
        """Whether there is one."""
        return self._window is not None

    def linked(self, stream: StreamParameters) -> None:
        """A sender has welcomed us."""
        self._link.linked = True
        if self._page is not None:
            self._page.stream(stream)

    def unlinked(self) -> None:
        """It is gone."""
        self._link.linked = False

    def show(self, decoded: DecodedFrame, age_ms: float | None) -> None:
        """Show a picture; `age_ms` is the time since it was taken, where that is known."""
        self._link.picture(now_us())
        if self._page is not None:
            self._page.show(decoded.rgb, age_ms, decoded.arrived.frame.quality)
        if self._paused:
            return
        self._picture = decoded.rgb
        if self._window is not None:
            self._window.show(decoded.rgb, self._lines, age_ms=age_ms)

    def record(self, decoded: DecodedFrame) -> None:
        """Take every picture, shown or not, for a recording that a button has begun."""
        self._recording.add(decoded.rgb, decoded.arrived.frame.capture_us)

    def note(self, text: str) -> None:
        """What to say while no picture comes."""
        self._link.note(text)

    def statistics(self, snapshot: ReceiverSnapshot) -> None:
        """The last second, for overlay and charts."""
        self._lines = overlay_lines(snapshot)
        if self._page is not None:
            self._page.second(snapshot)

    def pump(self) -> None:
        """Let window and page breathe and obey their keys."""
        if self._window is not None:
            self._obey_keys(self._window)
            self._note_staleness(self._window)
        if self._page is not None:
            self._page.stale(self._link.stale_note(now_us()))
            self._obey_buttons(self._page)

    def close(self) -> None:
        """Take everything away."""
        self._recording.close()
        if self._window is not None:
            self._window.close()
        if self._page is not None:
            self._page.close()

    def _obey_keys(self, window: Window) -> None:
        for key in window.pump():
            if key is KeyPress.QUIT:
                self.closed = True
            elif key is KeyPress.PAUSE:
                self._paused = not self._paused
            elif key is KeyPress.SNAPSHOT:
                self._save()

    def _note_staleness(self, window: Window) -> None:
        now = now_us()
        note = self._link.stale_note(now)
        if note is not None and now - self._noted_us > _NOTE_REPEAT_US:
            self._noted_us = now
            window.show_banner(note.headline)

    def _obey_buttons(self, page: WebView) -> None:
        for press in page.presses():
            if press.value == "snapshot":
                self._save()
            else:
                self._recording.toggle()
        page.recording(self._recording.path.name if self._recording.path else None)

    def _tell(self, text: str) -> None:
        self._reporter.notice(text)
        if self._page is not None:
            self._page.notice(text)

    def _save(self) -> None:
        if self._picture is None:
            return
        path = Path(self._config.snapshot_dir) / f"narrowcast-{datetime.now():%Y%m%d-%H%M%S-%f}.png"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            save_picture(self._picture, path)
            self._tell(f"saved {path}")
        except OSError as error:
            self._tell(f"cannot save {path}: {error.strerror}")


def _open_page(config: ReceiverConfig, reporter: Reporter[ReceiverSnapshot]) -> WebView | None:
    """Serve the page, if one is wanted."""
    if config.web is None:
        return None
    try:
        from receiver.web.view import WebView
    except ImportError as error:
        raise WebError(f'the page needs more packages ({error}): pip install "narrowcast[web]"') from error
    page = WebView(config.web, name=config.address, mark=config.mark)
    reporter.notice(f"the page is at {page.url}")
    return page
