"""The receiver from socket to screen and recording."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from narrowcast.codec.decoder_process.process import start_ahead
from narrowcast.errors import StreamError
from narrowcast.protocol import (
    FramesMissed,
    LinkDown,
    LinkUp,
    NoAnswer,
    ReceiverEvent,
    ReceiverStatistics,
    Rejected,
    StillArrived,
    StillFailed,
)
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.decoding import DecodeResult, DecodeThread
from narrowcast.receiver.events.watch import EventWatch
from narrowcast.receiver.feed import ConnectionNotices, FrameFeed, open_feed
from narrowcast.receiver.frame import DecodedFrame, DecodeFailure, FollowedFrame
from narrowcast.receiver.meter import ReceiverMeter
from narrowcast.receiver.notices import notice_of
from narrowcast.receiver.outputs import Outputs
from narrowcast.receiver.recording.catalogue import RecordingCatalogue
from narrowcast.receiver.screen import Screen
from narrowcast.receiver.stream_control import StreamControl
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.line_throttle import LineThrottle, peer_throttle
from narrowcast.runtime.reporting import Notice, Reporter
from narrowcast.runtime.service_manager import ServiceManager
from narrowcast.runtime.signals import StopSignal

if TYPE_CHECKING:
    from narrowcast.receiver.web.view import WebView

_WAIT_S, _WAIT_WITH_WINDOW_S = 0.05, 0.015
"Waiting for a picture: signals and statistics wait as long; a window looks at its keys more often."


class RejectedError(StreamError):
    """The sender turned this receiver away for good."""


class ReceiverPipeline:
    """One receiver: `run` builds all its parts, receives, and takes them down again."""

    def __init__(
        self,
        config: ReceiverConfig,
        reporter: Reporter[ReceiverStatistics],
        stop: StopSignal,
        on_shown: Callable[[DecodedFrame], None] = lambda decoded: None,
        on_ready: Callable[[], None] = lambda: None,
        page: WebView | None = None,
        manager: ServiceManager | None = None,
    ) -> None:
        """Make ready to run.

        Args:
            config: what to receive, and what to do with it.
            reporter: is told what happens.
            stop: ends the receiver.
            on_shown: is told of each picture as soon as it has been shown.
            on_ready: is called when everything is open that can fail to open.
            page: where one of several receivers shows its pictures; one alone opens what its config asks for.
            manager: of the service; one of several receivers gets one that does not speak for the program.
        """
        self._config = config
        self._reporter = reporter
        self._stop = stop
        self._on_shown = on_shown
        self._on_ready = on_ready
        self._page = page
        self._manager = manager or ServiceManager()

    def run(self) -> None:
        """Receive until a limit is reached, the window is closed or a stop is asked for."""
        with ExitStack() as stack:
            receiver = self._open(stack)
            self._on_ready()
            meter = receiver.run()
        if meter is not None:
            meter.finish(receiver.network.gauges)

    def _open(self, stack: ExitStack) -> RunningReceiver:
        """Open every part; the stack closes the last first."""
        config = self._config
        if config.decoder_process == "auto":
            start_ahead()  # whatever the sender sends, it is ready by then
        recordings = RecordingCatalogue() if self._page is None else self._page.recordings
        outputs = Outputs(config, self._reporter.notice, stack, recordings)
        events = EventWatch(config, config.label, self._reporter.notice, stack)
        opened = open_feed(config)
        network = opened.feed
        # The network thread closes the socket that it works with: ours to close is one without a thread.
        unused = stack.enter_context(ExitStack())
        unused.callback(opened.close)
        decoding = DecodeThread(network, config)
        if config.expected is not None:
            decoding.make_ready(config.expected)
        for notice in opened.notices:
            self._reporter.notice(notice)
        screen = Screen(config, self._reporter, self._page, recordings)
        stack.callback(screen.close)
        stack.enter_context(self._stop)
        receiver = RunningReceiver(
            config=config,
            url=opened.url,
            reporter=self._reporter,
            stop=self._stop,
            manager=self._manager,
            network=network,
            connections=opened.connections,
            decoding=decoding,
            control=StreamControl(config, network, decoding),
            screen=screen,
            outputs=outputs,
            events=events,
            on_shown=self._on_shown,
        )
        network.start()
        unused.pop_all()
        decoding.start()
        stack.callback(decoding.stop)
        stack.callback(network.stop, "the receiver was stopped")
        stack.callback(self._manager.stopping)
        return receiver


@dataclass(kw_only=True, eq=False)
class RunningReceiver:
    """A receiver with all its parts. Its thread shows and records; network and decoder have their own."""

    config: ReceiverConfig
    url: str
    "of the socket"
    reporter: Reporter[ReceiverStatistics]
    stop: StopSignal
    manager: ServiceManager
    network: FrameFeed
    connections: ConnectionNotices
    decoding: DecodeThread
    control: StreamControl
    screen: Screen
    outputs: Outputs
    events: EventWatch
    on_shown: Callable[[DecodedFrame], None]
    _frames: int = 0
    _sender_ended: bool = False
    _throttle: LineThrottle = field(default_factory=peer_throttle)

    def run(self) -> ReceiverMeter | None:
        """Receive to the end; returns the statistics since the first link, None where there was none."""
        self.manager.ready(f"{'listening on' if self.config.bind else 'connecting to'} {self.url}")
        started_us, meter = now_us(), None
        self.screen.choice(self.control.choice)
        while not self._finished(started_us):
            self.network.check()
            self.decoding.check()
            self.manager.alive()
            result = self.decoding.result(_WAIT_WITH_WINDOW_S if self.screen.has_window else _WAIT_S)
            # After the wait: the event of a link comes before its first picture.
            events = self.network.events()
            meter = meter or self._meter_for(events)
            self._take_events(events)
            self.screen.pump()
            if self.control.obey(self.screen.take_wishes(), now_us()):
                self.screen.choice(self.control.choice)
            if meter is not None:
                meter.missed(sum(event.count for event in events if isinstance(event, FramesMissed)))
                self._take_result(result, meter)
                self._tick(meter)
            self._fetch_stills()
            self._look_after_outputs()
        return meter

    def _finished(self, started_us: int) -> bool:
        config = self.config
        if self.stop.requested or self.screen.closed or self.screen.snapshot_taken:
            return True
        if config.max_frames is not None and self._frames >= config.max_frames:
            return True
        if config.max_seconds is not None and now_us() - started_us >= 1e6 * config.max_seconds:
            return True
        return config.until_end and self._sender_ended and self.decoding.finished

    def _meter_for(self, events: list[ReceiverEvent]) -> ReceiverMeter | None:
        """The statistics of the first stream that is linked, if these events have one."""
        streams = [event.stream for event in events if isinstance(event, LinkUp)]
        return ReceiverMeter(streams[0], self.reporter) if streams else None

    def _take_events(self, events: list[ReceiverEvent]) -> None:
        for notice in self.connections.notices(self.network.connection_notices(), now_us()):
            self._tell(notice)
        for event in events:
            told = notice_of(event, self.config.address)
            # A refused connection has been reported, with its reason.
            if told is not None and not (isinstance(event, NoAnswer) and self.connections.refused):
                self._tell(told, type(event))
            if isinstance(event, LinkUp):
                self.connections.accepted()
                self.screen.linked(event.stream)
                self.events.link_up(event.stream.name, event.stream.fps)
                self._sender_ended = False
            elif isinstance(event, LinkDown):
                self.screen.unlinked()
                self.events.link_down(event.reason)
                self._sender_ended = event.ended
            elif isinstance(event, (StillArrived, StillFailed)):
                self.screen.still_ended(event)
            elif isinstance(event, Rejected) and event.final:
                raise RejectedError(event.text)

    def _tell(self, notice: Notice, kind: type | None = None) -> None:
        """Show what happened, and tell it, up to so many lines of a kind of event."""
        self.screen.note(notice.on_command_line())
        told = notice if kind is None else self._throttle.notice(kind, notice, now_us())
        if told is not None:
            self.reporter.notice(told)

    def _take_result(self, result: DecodeResult | None, meter: ReceiverMeter) -> None:
        """Show and record the picture that came, if one did."""
        if isinstance(result, FollowedFrame):
            meter.followed(result.arrived)
            self.outputs.keep_payload(result.arrived)
            return
        if isinstance(result, DecodeFailure):
            meter.failed()
            if result.undecodable:
                self._tell(Notice(f"this stream cannot be decoded here: {result.reason}"), DecodeFailure)
            self.outputs.keep_payload(result.arrived)
        elif result is not None:
            self._frames += 1
            meter.decoded(result)
            self.events.picture(result.rgb, result.arrived.capture_sender_us)
            self.outputs.show(result, self.screen.marked)
            self._show(result, meter)
            self.screen.record(result)
            self.outputs.keep(result, self.screen.marked)

    def _show(self, decoded: DecodedFrame, meter: ReceiverMeter) -> None:
        if self.decoding.waiting > 0 and self.screen.has_window:
            return  # a window is spared one behind which a newer one waits; it is recorded all the same
        capture_us = decoded.capture_local_us
        age_ms = None if capture_us is None else (now_us() - capture_us) / 1000
        self.screen.show(decoded, age_ms)
        meter.shown(decoded)
        self.on_shown(decoded)

    def _tick(self, meter: ReceiverMeter) -> None:
        statistics = meter.tick(self.network.gauges, self.decoding.waiting, self.events)
        if statistics is not None:
            self.screen.statistics(statistics)
            self.network.send_report(statistics.to_report())

    def _look_after_outputs(self) -> None:
        """Tell what has happened to them, and ask the sender for the keyframe that a recording needs."""
        self.events.check()
        self.outputs.stale(self.screen.stale_note)
        self.outputs.check()
        if self.outputs.take_keyframe_request(now_us()):
            self.network.request_keyframe("for the recording")

    def _fetch_stills(self) -> None:
        for sequence in self.screen.take_still_requests():
            self.network.request_still(sequence)
        self.screen.still_progress(self.network.gauges.still)
