"""What people see of the stream: the window with its keys, the page with its buttons, and what they want."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from codec import GENERATIVE_CODECS
from protocol import ReceiverStatistics, StillArrived, StillFailed, StillProgress, StreamParameters
from receiver.config import ReceiverConfig
from receiver.console import overlay_lines
from receiver.decoding import DecodedFrame
from receiver.link_state import LinkState, StaleNote
from receiver.recording.button import ButtonRecording
from receiver.snapshots import Snapshot, SnapshotError, Snapshots
from receiver.web.address import WebError
from receiver.web.browser_messages import Button
from receiver.window.display import KeyPress, Window, open_window
from receiver.window.overlay import Picture, with_mark
from runtime.clock import now_us
from runtime.terminal import Reporter

if TYPE_CHECKING:
    from receiver.web.server import Site
    from receiver.web.view import WebView

_NOTE_REPEAT_US = 500_000

_PAIR_US = 8_000_000
"A snapshot beside its exact frame covers the stream for so long, or until a key is pressed."


class Screen:
    """Whatever there is of window and page; with neither, everything is taken and nothing shown."""

    def __init__(
        self,
        config: ReceiverConfig,
        reporter: Reporter[ReceiverStatistics],
        page: WebView | None = None,
    ) -> None:
        """Open what there is to be; a `page` that is given belongs to somebody else's site."""
        self.closed = False
        "the person closed the window"
        self.snapshot_taken = False
        "the snapshot that the command line asked for is saved"
        self._config = config
        self._reporter = reporter
        self._site = open_site([config], reporter.notice) if page is None else None
        self._page = self._site.views[0] if self._site is not None else page
        self._window: Window | None = open_window(f"narrowcast {config.address}") if config.window else None
        if config.window and self._window is None:
            reporter.notice("there is no display here; going on without a window")
        self._link = LinkState(config.address)
        self._recording = ButtonRecording(config.snapshot_dir, self._tell)
        self._snapshots = Snapshots(config.snapshot_dir, self._tell, self._show_snapshot)
        self._ordered: int | None = None
        self._lines: list[str] = []
        self._newest: DecodedFrame | None = None
        self._shown: DecodedFrame | None = None
        self._paused_us: int | None = None
        self._noted_us = 0
        self._pair_until_us = 0

    @property
    def has_window(self) -> bool:
        """Whether there is one."""
        return self._window is not None

    def linked(self, stream: StreamParameters) -> None:
        """A sender has welcomed us."""
        self._link.linked = True
        self._recording.stream = self._snapshots.stream = stream.name
        if self._page is not None:
            self._page.stream(stream)

    def unlinked(self) -> None:
        """It is gone."""
        self._link.linked = False

    def show(self, decoded: DecodedFrame, age_ms: float | None) -> None:
        """Show a picture; `age_ms` is the time since it was taken, where that is known."""
        self._link.picture(now_us())
        self._newest = decoded
        if self._page is not None:
            self._page.show(decoded.rgb, age_ms, decoded.arrived.quality)
        if self._config.snapshot is not None and self._ordered is None:
            self._ordered = decoded.arrived.sequence
            if not self._snapshots.take(decoded, self._config.snapshot):
                raise SnapshotError(f"cannot save beside {self._config.snapshot}: choose another folder")
        if self._paused_us is not None:
            return
        self._shown = decoded
        if self._window is not None and now_us() >= self._pair_until_us:
            self._window.show(decoded.rgb, self._lines, age_ms=age_ms, marked=self._is_marked(decoded))

    def record(self, decoded: DecodedFrame) -> None:
        """Take every picture, shown or not, for a recording that a button has begun."""
        if self._recording.path is not None:
            self._recording.add(decoded, self.marked(decoded))

    def marked(self, decoded: DecodedFrame) -> Picture:
        """The picture for a recording: one that a generator painted says so, unless that was turned off."""
        return with_mark(decoded.rgb) if self._is_marked(decoded) else decoded.rgb

    def note(self, text: str) -> None:
        """What to say while no picture comes."""
        self._link.note(text)

    def statistics(self, snapshot: ReceiverStatistics) -> None:
        """The last second, for overlay and charts."""
        self._lines = overlay_lines(snapshot)
        if self._page is not None:
            self._page.second(snapshot)

    def take_still_requests(self) -> list[int]:
        """Frames whose exact pictures are to be fetched from the sender."""
        return self._snapshots.take_requests()

    def still_progress(self, progress: StillProgress | None) -> None:
        """How far the one is that is being fetched."""
        self._snapshots.progress(progress)

    def still_ended(self, event: StillArrived | StillFailed) -> None:
        """An exact picture has come, or will not."""
        wrong = self._snapshots.ended(event)
        if event.sequence == self._ordered and self._config.snapshot is not None:
            if wrong is not None:
                raise SnapshotError(wrong)
            self.snapshot_taken = True

    def pump(self) -> None:
        """Let window and page breathe and obey their keys."""
        if self._window is not None:
            self._obey_keys(self._window)
            self._keep_honest(self._window)
        if self._page is not None:
            self._page.stale(self._link.stale_note(now_us()))
            self._obey_buttons(self._page)

    def close(self) -> None:
        """Take everything away."""
        self._recording.close()
        if self._window is not None:
            self._window.close()
        if self._site is not None:
            self._site.close()
        elif self._page is not None:
            self._page.stale(StaleNote(headline="the receiver of this stream has ended"))

    def _obey_keys(self, window: Window) -> None:
        for key in window.pump():
            self._pair_until_us = 0
            if key is KeyPress.QUIT:
                self.closed = True
            elif key is KeyPress.PAUSE:
                self._paused_us = now_us() if self._paused_us is None else None
                self._noted_us = 0
            elif key is KeyPress.SNAPSHOT and self._shown is not None:
                self._snapshots.take(self._shown)

    def _keep_honest(self, window: Window) -> None:
        """Say over a picture that is not live why it is not, and for how long."""
        now = now_us()
        if now < max(self._pair_until_us, self._noted_us + _NOTE_REPEAT_US):
            return
        note = self._link.stale_note(now)
        if note is not None:
            self._noted_us = now
            window.show_banner(note.headline, note.detail)
        elif self._paused_us is not None and self._shown is not None:
            self._noted_us = now
            strip = f"paused {(now - self._paused_us) // 1_000_000} s"
            window.show(self._shown.rgb, self._lines, marked=self._is_marked(self._shown), strip=strip)

    def _is_marked(self, decoded: DecodedFrame) -> bool:
        return self._config.mark and decoded.arrived.codec in GENERATIVE_CODECS

    def _obey_buttons(self, page: WebView) -> None:
        for button in page.take_pressed():
            if button is Button.RECORD:
                self._recording.toggle()
            elif self._newest is not None:
                self._snapshots.take(self._newest)
        page.recording(self._recording.path.name if self._recording.path else None)

    def _tell(self, text: str) -> None:
        self._reporter.notice(text)
        if self._page is not None:
            self._page.notice(text)

    def _show_snapshot(self, snapshot: Snapshot) -> None:
        if self._page is not None:
            self._page.snapshot(snapshot)
        if self._window is not None and snapshot.exact is not None:
            self._window.show_pair(snapshot.shown, snapshot.exact)
            self._pair_until_us = now_us() + _PAIR_US


def open_site(configs: Sequence[ReceiverConfig], notice: Callable[[str], None]) -> Site | None:
    """Serve a page for each stream, if that is wanted."""
    web = configs[0].web
    if web is None:
        return None
    try:
        from receiver.web.server import Site
    except ImportError as error:
        raise WebError(f'the page needs more packages ({error}): pip install "narrowcast[web]"') from error
    site = Site(web, [config.address for config in configs], mark=configs[0].mark)
    notice(f"the page is at {site.url}")
    return site
