"""The receiver from socket to display and recording."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

import codec
from narrowcast.errors import StreamError
from protocol import (
    CodecOffer,
    FramesMissed,
    LinkDown,
    LinkUp,
    NoAnswer,
    ReceiverSession,
    ReceiverStatistics,
    Rejected,
    Security,
    StillArrived,
    StillFailed,
    Transport,
    TransportConfig,
)
from protocol import ReceiverSessionConfig as SessionConfig
from receiver.config import ReceiverConfig
from receiver.decoding import DecodedFrame, DecodeFailure, DecodeThread
from receiver.events import event_text
from receiver.meter import ReceiverMeter
from receiver.network import ReceiverNetwork
from receiver.recording.recording import Recording
from receiver.screen import Screen
from receiver.virtual_camera import VirtualCamera
from runtime.addresses import is_loopback
from runtime.clock import now_us
from runtime.connection_news import ConnectionNews
from runtime.picture_files import PictureFolder
from runtime.security import INSECURE_WARNING, choose_security, command_line, invitation_url
from runtime.service_manager import ServiceManager
from runtime.signals import StopSignal
from runtime.terminal import Reporter

if TYPE_CHECKING:
    from receiver.web.view import WebView

_WAIT_S = 0.05
"Waiting for a picture: signals and statistics wait as long."
_WAIT_WITH_WINDOW_S = 0.015
"A window has to look at its keys and its size more often."


class RejectedError(StreamError):
    """The sender turned this receiver away for good."""


class ReceiverPipeline:
    """One receiver. Main thread: show and record; others: session and socket, decoder."""

    def __init__(
        self,
        config: ReceiverConfig,
        reporter: Reporter[ReceiverStatistics],
        stop: StopSignal,
        on_shown: Callable[[DecodedFrame], None] | None = None,
        on_ready: Callable[[], None] = lambda: None,
        page: WebView | None = None,
        manager: ServiceManager | None = None,
    ) -> None:
        """Make ready to run; `on_shown` is told of each picture as soon as it has been shown.

        `on_ready` is called when everything is open that can fail to open. One of several receivers is given
        its `page`, and a `manager` that does not speak for the program.
        """
        self._page = page
        self._on_shown = on_shown
        self._on_ready = on_ready
        self._config = config
        self._reporter = reporter
        self._stop = stop
        self._meter: ReceiverMeter | None = None
        self._screen: Screen | None = None
        self._camera: VirtualCamera | None = None
        self._frames = 0
        self._started_us = 0
        self._sender_ended = False
        self._news: ConnectionNews | None = None
        self._manager = manager or ServiceManager()

    def run(self) -> None:
        """Receive until a limit is reached, the window is closed or a stop is asked for."""
        config = self._config
        self._camera = VirtualCamera(self._reporter.notice) if config.virtual_camera else None
        # Opened first, so that a name that cannot be written is told before anything is waited for.
        recording = Recording(config.record, self._reporter.notice) if config.record else None
        try:
            folder = PictureFolder(config.save_frames) if config.save_frames else None
            try:
                self._run_with_socket(recording, folder)
            finally:
                if folder is not None:
                    folder.close()
        finally:
            if recording is not None:
                recording.close()
            if self._camera is not None:
                self._camera.close()

    def _run_with_socket(self, recording: Recording | None, folder: PictureFolder | None) -> None:
        config = self._config
        security = choose_security(
            config.url, bind=config.bind, insecure=config.insecure, secure=config.secure
        )
        transport = Transport(TransportConfig(url=config.url, bind=config.bind, security=security))
        self._news = ConnectionNews(transport.url, security.own.public if security else None)
        try:
            network = ReceiverNetwork(self._make_session(), transport)
            decoding = DecodeThread(network, config)
            if config.expected is not None:
                decoding.make_ready(config.expected)
            self._tell_address(transport.url, security)
            self._screen = Screen(config, self._reporter, self._page)
        except BaseException:
            transport.close()
            raise
        with self._stop:
            self._started_us = now_us()
            network.start()
            decoding.start()
            self._on_ready()
            self._manager.ready(f"{'listening on' if config.bind else 'connecting to'} {transport.url}")
            try:
                while not self._finished(decoding):
                    network.check()
                    decoding.check()
                    self._manager.alive()
                    result = decoding.result(_WAIT_WITH_WINDOW_S if self._screen.has_window else _WAIT_S)
                    # After the wait, for the news of a link comes before its first picture.
                    self._take_events(network)
                    self._take_result(result, decoding, recording, folder)
                    self._tick(network, decoding)
                    self._fetch_stills(network)
            finally:
                self._manager.stopping()
                network.stop()
                decoding.stop()
                self._screen.close()
            if self._meter is not None:
                self._meter.finish(network.gauges)

    def _finished(self, decoding: DecodeThread) -> bool:
        config = self._config
        assert self._screen is not None
        if self._stop.requested or self._screen.closed or self._screen.snapshot_taken:
            return True
        if config.max_frames is not None and self._frames >= config.max_frames:
            return True
        if config.max_seconds is not None and now_us() - self._started_us >= 1e6 * config.max_seconds:
            return True
        return config.until_end and self._sender_ended and decoding.finished

    def _take_events(self, network: ReceiverNetwork) -> None:
        assert self._screen is not None and self._news is not None
        for line in self._news.lines(network.connection_notices(), now_us()):
            self._tell(line)
        for event in network.events():
            text = event_text(event, self._config.address)
            # Who is refused knows why already.
            if text is not None and not (isinstance(event, NoAnswer) and self._news.refused):
                self._tell(text)
            if isinstance(event, LinkUp):
                self._news.let_in()
                self._screen.linked(event.stream)
                self._sender_ended = False
                if self._meter is None:
                    self._meter = ReceiverMeter(event.stream, self._reporter)
            elif isinstance(event, LinkDown):
                self._screen.unlinked()
                self._sender_ended = event.ended
            elif isinstance(event, FramesMissed) and self._meter is not None:
                self._meter.missed(event.count)
            elif isinstance(event, (StillArrived, StillFailed)):
                self._screen.still_ended(event)
            elif isinstance(event, Rejected) and event.final:
                raise RejectedError(event.text)

    def _tell(self, text: str) -> None:
        assert self._screen is not None
        self._screen.note(text)
        self._reporter.notice(text)

    def _take_result(
        self,
        result: DecodedFrame | DecodeFailure | None,
        decoding: DecodeThread,
        recording: Recording | None,
        folder: PictureFolder | None,
    ) -> None:
        """Show and record the picture that came, if one did."""
        assert self._screen is not None
        self._screen.pump()
        if isinstance(result, DecodeFailure) and self._meter is not None:
            self._meter.failed()
            if recording is not None:
                recording.add_failed(result)
        if isinstance(result, DecodedFrame):
            self._take_picture(result, behind=decoding.waiting > 0)
            self._screen.record(result)
            capture_sender_us = result.arrived.capture_sender_us
            if recording is not None:
                recording.add(result, self._screen.marked(result))
            if folder is not None:
                folder.add(f"{capture_sender_us:016d}-decoded", result.rgb)

    def _take_picture(self, decoded: DecodedFrame, *, behind: bool) -> None:
        assert self._screen is not None and self._meter is not None
        self._frames += 1
        self._meter.decoded(decoded)
        if self._camera is not None:
            self._camera.show(self._screen.marked(decoded))
        # With a newer picture waiting, a window is spared this one; it is recorded all the same.
        if behind and self._screen.has_window:
            return
        capture_us = decoded.capture_local_us
        age_ms = None if capture_us is None else (now_us() - capture_us) / 1000
        self._screen.show(decoded, age_ms)
        self._meter.shown(decoded)
        if self._on_shown is not None:
            self._on_shown(decoded)

    def _tick(self, network: ReceiverNetwork, decoding: DecodeThread) -> None:
        if self._meter is None:
            return
        snapshot = self._meter.tick(network.gauges, decoding.waiting)
        if snapshot is not None and self._screen is not None:
            self._screen.statistics(snapshot)
            network.send_report(snapshot.to_report())

    def _fetch_stills(self, network: ReceiverNetwork) -> None:
        assert self._screen is not None
        for sequence in self._screen.take_still_requests():
            network.request_still(sequence)
        self._screen.still_progress(network.gauges.still)

    def _make_session(self) -> ReceiverSession:
        offers = tuple(
            CodecOffer(name=info.name, model_id=info.model_id) for info in codec.available_codecs()
        )
        return ReceiverSession(
            SessionConfig(
                codecs=tuple(offers),
                instance=random.getrandbits(63),
                connects=not self._config.bind,
                name=socket.gethostname()[:64],
            )
        )

    def _tell_address(self, url: str, security: Security | None) -> None:
        config = self._config
        loopback = is_loopback(config.url)
        if not config.bind:
            self._reporter.notice(f"connecting to {url}")
        else:
            invitation = invitation_url(url, security, config.advertise)
            command = command_line(
                "narrowcast send SOURCE --connect", invitation, insecure=config.insecure and not loopback
            )
            self._reporter.notice(f"listening on {url}; to send, run: {command}", url=invitation)
            if security is not None and not security.allowed():
                self._reporter.notice("no sender is allowed yet: it shows the line to run here")
        if config.insecure and not loopback:
            self._reporter.notice(INSECURE_WARNING)
