"""Where the stream is shown: the window and the page, with their snapshots and their record button."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from narrowcast.codec import Provenance
from narrowcast.errors import Remedy
from narrowcast.protocol import ReceiverStatistics, StillArrived, StillFailed, StillProgress, StreamParameters
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.frame import DecodedFrame
from narrowcast.receiver.link_state import LinkState, StaleNote
from narrowcast.receiver.play.config import ReplayConfig
from narrowcast.receiver.recording.button import ButtonRecording
from narrowcast.receiver.recording.catalogue import RecordingCatalogue
from narrowcast.receiver.recording.payload_recorder import captured_local_us, wall_clock
from narrowcast.receiver.recording.snapshots import Snapshot, SnapshotError, Snapshots
from narrowcast.receiver.statistics import overlay_lines
from narrowcast.receiver.stream_choice import StreamChoice
from narrowcast.receiver.web.browser_messages import Button
from narrowcast.receiver.window.display import open_window
from narrowcast.receiver.window.live_window import LiveWindow
from narrowcast.receiver.window.overlay import Picture, time_text, with_mark, with_time
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.reporting import Level, Notice, Reporter
from narrowcast.runtime.web.address import WebError
from narrowcast.text import show_whole

if TYPE_CHECKING:
    from narrowcast.receiver.web.server import Site
    from narrowcast.receiver.web.view import WebView


class Screen:
    """The window and the page, where they are wanted and possible; without both, every call does nothing."""

    def __init__(
        self,
        config: ReceiverConfig,
        reporter: Reporter[ReceiverStatistics],
        page: WebView | None = None,
        recordings: RecordingCatalogue | None = None,
    ) -> None:
        """Open window and page as configured; a `page` that is given belongs to a site of several streams.

        `recordings` are the stream's, for the page.
        """
        self.snapshot_taken = False
        "the snapshot that the command line asked for is saved"
        self._config = config
        self._reporter = reporter
        self._site = open_site([config], reporter.notice) if page is None else None
        self._page = self._site.views[0] if self._site is not None else page
        recordings = recordings or RecordingCatalogue()
        if self._page is not None:
            self._page.recordings, self._page.replay = recordings, replay_config(config)
        window = open_window(f"narrowcast {config.address}") if config.window else None
        if config.window and window is None:
            reporter.notice(Notice("there is no display here; going on without a window"))
        self._link = LinkState(config.address)
        self._recording = ButtonRecording(
            config.snapshot_dir, self._tell, marks=config.mark, catalogue=recordings
        )
        self._snapshots = Snapshots(
            config.snapshot_dir,
            self._tell,
            self._show_snapshot,
            overwrite=config.overwrite,
            decoder_process=config.decoder_process,
        )
        self._window = (
            LiveWindow(window, is_marked=self._is_marked, on_snapshot=self._snapshots.take)
            if window is not None
            else None
        )
        self._ordered: int | None = None
        self._scheduled_us = now_us()
        self.stale_note: StaleNote | None = None
        "why the picture is not live; None while it is"
        self._newest: DecodedFrame | None = None

    @property
    def has_window(self) -> bool:
        """Whether a window is open."""
        return self._window is not None

    @property
    def closed(self) -> bool:
        """Whether the person has closed the window."""
        return self._window is not None and self._window.closed

    def linked(self, stream: StreamParameters) -> None:
        """Take note of a link with a sender, and of its stream."""
        self._link.linked = True
        self._snapshots.link_changed(up=True)
        self._recording.stream = self._snapshots.stream = stream.name
        if self._page is not None:
            self._page.stream(stream)

    def unlinked(self) -> None:
        """Take note that the link is down."""
        self._link.linked = False
        self._snapshots.link_changed(up=False)

    def show(self, decoded: DecodedFrame, age_ms: float | None) -> None:
        """Show a picture; `age_ms` is the time since it was taken, where that is known."""
        decoded = replace(decoded, rgb=self._with_time(decoded.rgb, decoded))
        self._link.picture(now_us())
        self._newest = decoded
        self._tell_warning(decoded.provenance)
        if self._page is not None:
            marked = self._is_marked(decoded)
            self._page.show(decoded.rgb, age_ms, decoded.arrived.quality, marked=marked)
        if self._config.snapshot is not None and self._ordered is None:
            self._ordered = decoded.arrived.sequence
            if not self._snapshots.take(decoded, self._config.snapshot):
                raise SnapshotError(f"cannot save beside {self._config.snapshot}: choose another folder")
        if self._window is not None:
            self._window.show(decoded, age_ms, now_us())

    def record(self, decoded: DecodedFrame) -> None:
        """Record a picture, shown or not, if a button has begun a recording."""
        if self._recording.path is not None:
            self._recording.add(decoded, self.marked(decoded))

    def marked(self, decoded: DecodedFrame) -> Picture:
        """The picture for a recording: one that a generator painted says so, unless that was turned off."""
        return self._with_time(with_mark(decoded.rgb) if self._is_marked(decoded) else decoded.rgb, decoded)

    def note(self, text: str) -> None:
        """Set the text that is shown while no picture comes."""
        self._link.note(text)

    def statistics(self, statistics: ReceiverStatistics) -> None:
        """Show the last second's statistics in the window and on the page."""
        if self._window is not None:
            self._window.set_statistics(overlay_lines(statistics))
        if self._page is not None:
            self._page.second(statistics)

    def take_still_requests(self) -> list[int]:
        """Frames whose exact pictures are to be fetched from the sender."""
        return self._snapshots.take_requests()

    def still_progress(self, progress: StillProgress | None) -> None:
        """Show how much of the exact picture has come that is being fetched."""
        self._snapshots.progress(progress)

    def still_ended(self, event: StillArrived | StillFailed) -> None:
        """Take the end of a request for an exact picture: the picture, or why there is none."""
        wrong = self._snapshots.ended(event)
        if event.sequence == self._ordered and self._config.snapshot is not None:
            if wrong is not None:
                raise SnapshotError(wrong)
            self.snapshot_taken = True

    def take_wishes(self) -> list[StreamChoice]:
        """What was chosen on the page about the stream."""
        return [] if self._page is None else self._page.take_wishes()

    def choice(self, choice: StreamChoice) -> None:
        """Show on the page what is chosen about the stream."""
        if self._page is not None:
            most = StreamChoice(max_kbps=self._config.max_kbps, max_fps=self._config.max_fps)
            self._page.choice(choice, most, allowed=self._config.web_controls)

    def pump(self) -> None:
        """Obey the keys of the window and the buttons of the page, and redraw what changes with time."""
        now = now_us()
        note = self.stale_note = self._link.stale_note(now)
        if self._window is not None:
            self._window.pump(note, now)
        self._recording.check()
        self._take_scheduled(note, now)
        if self._page is not None:
            self._page.stale(note)
            self._obey_buttons(self._page)

    def close(self) -> None:
        """Close the window and the page, and finish the recording that a button began."""
        self._recording.close()
        if self._window is not None:
            self._window.close()
        if self._site is not None:
            self._site.close()
        elif self._page is not None:
            self._page.stale(StaleNote(headline="the receiver of this stream has ended"))

    def _with_time(self, picture: Picture, decoded: DecodedFrame) -> Picture:
        """The picture with the time when it was taken written into it, if that is wanted."""
        if not self._config.timestamp:
            return picture
        text = time_text(wall_clock(captured_local_us(decoded.arrived)))
        return with_time(picture, text if decoded.arrived.capture_local_us is not None else f"came {text}")

    def _is_marked(self, decoded: DecodedFrame) -> bool:
        return self._config.mark and decoded.provenance.painted

    def _tell_warning(self, provenance: Provenance) -> None:
        """Tell what the decoder warns of; the page shows it until a network paints again."""
        if provenance.warning:
            text, remedy = provenance.warning, Remedy(setting="restore", value="always", when="to keep it")
            self._reporter.notice(Notice(text, level=Level.WARNING, remedy=remedy))
        if self._page is not None and (provenance.warning or provenance.painted):
            self._page.warn(provenance.warning)

    def _obey_buttons(self, page: WebView) -> None:
        for button in page.take_pressed():
            if button is Button.RECORD:
                self._recording.toggle()
            elif self._newest is not None:
                self._snapshots.take(self._newest)
        page.recording(self._recording.path.name if self._recording.path else None)

    def _take_scheduled(self, note: StaleNote | None, now: int) -> None:
        """Take the snapshot that is due, if the picture is live."""
        every_s, newest = self._config.snapshot_every, self._newest
        if every_s is None or newest is None or note is not None or now < self._scheduled_us:
            return
        self._scheduled_us = max(self._scheduled_us + round(1e6 * every_s), now)
        self._snapshots.take(newest)

    def _tell(self, notice: Notice) -> None:
        self._reporter.notice(notice)
        if self._page is not None:
            self._page.notice(notice)

    def _show_snapshot(self, snapshot: Snapshot) -> None:
        if self._page is not None:
            self._page.snapshot(snapshot)
        if self._window is not None:
            self._window.show_snapshot(snapshot, now_us())


def open_site(configs: Sequence[ReceiverConfig], notice: Callable[[Notice], None]) -> Site | None:
    """Serve a page for each stream, if that is wanted."""
    web = configs[0].web
    if web is None:
        return None
    try:
        from narrowcast.receiver.web.server import Site
    except ImportError as error:
        raise WebError(
            f"the page needs more packages ({error}): pip install starlette uvicorn websockets"
        ) from error
    if configs[0].web_token:
        web = replace(web, token=configs[0].web_token)
    site = Site(web, [config.address for config in configs], frame_ancestors=configs[0].web_embed or "")
    if not configs[0].web_token:
        show_whole(site.url)
    notice(Notice(f"the page is at {site.url}"))
    return site


def replay_config(config: ReceiverConfig) -> ReplayConfig:
    """How the page's recordings of payloads are decoded: as the stream is."""
    return ReplayConfig(
        device=config.device,
        threads=config.threads,
        mark=config.mark,
        timestamp=config.timestamp,
        max_size=config.max_size,
        decoder_process=config.decoder_process,
        restore=config.restore,
    )
