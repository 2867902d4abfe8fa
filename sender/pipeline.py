"""The sender from source to socket: the newest picture is coded as soon as a receiver can take a frame."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import codec
from protocol import (
    MAX_CONTROL_BYTES,
    FrameAcknowledged,
    FrameGrant,
    ReceiverJoined,
    ReceiverLeft,
    Security,
    SenderSession,
    SenderSessionConfig,
    SenderStatistics,
    StillWanted,
    StreamParameters,
    Transport,
    TransportConfig,
)
from runtime.addresses import any_interface_url, is_loopback
from runtime.clock import now_us
from runtime.connection_news import ConnectionNews
from runtime.picture_files import PictureFolder
from runtime.security import INSECURE_WARNING, choose_security, command_line, invitation_url
from runtime.service_manager import ServiceManager
from runtime.signals import StopSignal
from runtime.terminal import Reporter
from sender.coder import FrameCoder
from sender.config import SenderConfig
from sender.events import event_text
from sender.meter import SenderMeter
from sender.network import SenderNetwork
from sender.sources.camera import CapturedFrame, Source, open_source
from sender.still_keeper import StillKeeper

_READ_TIMEOUT_S = 0.05
"Waiting for a picture or a receiver: signals and statistics wait as long."
_GRANT_WAIT_S = 0.005
"With a picture at hand: how long to wait for a receiver before looking for a newer picture."
_DRAIN_S = 2.0
"At the end: what the last frame may take to arrive."


def open_configured(config: SenderConfig) -> Source:
    """Open the source that a configuration names."""
    return open_source(
        config.source,
        width=config.width,
        height=config.height,
        fps=config.fps,
        loop=config.loop,
        fit=config.fit,
    )


class SenderPipeline:
    """One sender. Main thread: code pictures; network thread: session and socket; the source has its own."""

    def __init__(
        self,
        config: SenderConfig,
        reporter: Reporter[SenderStatistics],
        stop: StopSignal,
        opener: Callable[[SenderConfig], Source] = open_configured,
        on_ready: Callable[[], None] = lambda: None,
        manager: ServiceManager | None = None,
    ) -> None:
        """Make ready to run; `opener` gives the source, `on_ready` is called when all is open and warm."""
        self.invitation = ""
        "what a receiver gives to connect, key included; empty until it can, and where this side connects"
        self.fps = 0.0
        "of the source, once that is open"
        self._opener = opener
        self._on_ready = on_ready
        self.config = config
        "as given"
        self._reporter = reporter
        self._stop = stop
        self._folder = PictureFolder(config.save_frames) if config.save_frames else None
        self._source: Source | None = None
        self._meter: SenderMeter | None = None
        self._picture: CapturedFrame | None = None
        self._frames = 0
        self._last_capture_sender_us: int | None = None
        self._joined_us: int | None = None
        self._ended_us: int | None = None
        self._news: ConnectionNews | None = None
        self._network: SenderNetwork | None = None
        self._manager = manager or ServiceManager()
        self._stills: StillKeeper | None = None

    @property
    def receivers(self) -> int:
        """How many are watching now; any thread may ask."""
        return self._network.gauges.receivers if self._network is not None else 0

    def run(self) -> None:
        """Send until the source ends, a limit is reached or a stop is asked for."""
        source = self._opener(self.config)
        self.fps = source.fps
        if is_live(self.config.source):
            self._source = source
        else:
            # Opened only to see that it can be: it plays from its start when the first receiver is there.
            source.close()
        try:
            self._run_with_socket()
        finally:
            if self._source is not None:
                self._source.close()
            if self._folder is not None:
                self._folder.close()

    def _run_with_socket(self) -> None:
        config = self.config
        security = choose_security(
            config.url, bind=config.bind, insecure=config.insecure, secure=config.secure
        )
        session = self._make_session(keys=security is not None)
        transport = Transport(
            TransportConfig(
                url=config.url, bind=config.bind, max_message_bytes=MAX_CONTROL_BYTES, security=security
            )
        )
        self._news = ConnectionNews(transport.url, security.own.public if security else None)
        try:
            self._tell_address(transport.url, security)
            coder = FrameCoder(config)
            coder.warm_up()
        except BaseException:
            transport.close()
            raise
        self._network = network = SenderNetwork(session, transport)
        self._stills = StillKeeper(network.provide_still)
        bye = "the sender failed"
        with self._stop:
            network.start()
            self._on_ready()
            self._reporter.notice("waiting for a receiver")
            self._manager.ready(f"{'listening on' if config.bind else 'connecting to'} {transport.url}")
            try:
                self._loop(network, coder)
                bye = "the sender was stopped" if self._stop.requested else "the stream has ended"
                if not self._stop.requested:
                    network.drain(_DRAIN_S)
                self._take_events(network)
            finally:
                self._manager.stopping()
                network.stop(bye)
                self._stills.close()
            if self._meter is not None:
                self._meter.finish(network.gauges)

    def _loop(self, network: SenderNetwork, coder: FrameCoder) -> None:
        while not self._finished():
            network.check()
            self._manager.alive()
            self._take_events(network)
            self._read_picture(network)
            if self._picture is not None and network.wait_for_grant(_GRANT_WAIT_S):
                # The news of a receiver comes before the first grant, and starts the statistics.
                self._take_events(network)
                self._code_picture(network, coder)
            if self._meter is not None and self._source is not None:
                self._meter.source_captured(self._source.captured, waiting=int(self._picture is not None))
                self._meter.tick(network.gauges)

    def _finished(self) -> bool:
        config, now = self.config, now_us()
        if self._stop.requested or (config.max_frames is not None and self._frames >= config.max_frames):
            return True
        if self._joined_us is not None and now - self._joined_us >= 1e6 * (config.max_seconds or math.inf):
            return True
        if self._source is None or not self._source.ended:
            return False
        self._ended_us = self._ended_us or now
        return self._picture is None or now - self._ended_us > 1e6 * _DRAIN_S

    def _take_events(self, network: SenderNetwork) -> None:
        for event in network.events():
            text = event_text(event)
            if text is not None:
                self._reporter.notice(text)
            if isinstance(event, ReceiverJoined) and self._news is not None:
                self._news.let_in()
            if isinstance(event, ReceiverJoined) and self._meter is None:
                self._joined_us = now_us()
                self._meter = SenderMeter(self.config, self._reporter)
            elif isinstance(event, FrameAcknowledged) and self._meter is not None:
                self._meter.acknowledged(event.network_us)
            elif isinstance(event, StillWanted) and self._stills is not None:
                self._stills.want(event.sequence)
            elif isinstance(event, ReceiverLeft) and not network.gauges.receivers:
                self._reporter.notice("waiting for a receiver")
        if self._news is not None:
            for line in self._news.lines(network.connection_notices(), now_us()):
                self._reporter.notice(line)
        for line in self._source.notices() if self._source is not None else ():
            self._reporter.notice(line)

    def _read_picture(self, network: SenderNetwork) -> None:
        """Bring the newest picture to hand; a source that waited for the first receiver begins."""
        if self._source is None:
            if not network.wait_for_grant(_READ_TIMEOUT_S):
                return
            self._take_events(network)
            self._source = self._opener(self.config)
        if not network.gauges.receivers:
            self._picture = None
        newer = self._source.read(_READ_TIMEOUT_S if self._picture is None else 0.0)
        if newer is not None:
            self._picture = newer
            if self._meter is not None:
                self._meter.picture(newer)

    def _code_picture(self, network: SenderNetwork, coder: FrameCoder) -> None:
        picture, self._picture = self._picture, None
        grant = None if picture is None else network.begin_frame()
        if picture is None or grant is None:
            self._picture = picture
            return
        if self._too_early(picture, grant):
            network.cancel_frame(grant)
            return
        frame = coder.code(picture, grant)
        network.send_frame(grant, frame)
        if self._stills is not None:
            self._stills.keep(frame.sequence, picture.rgb)
        self._frames += 1
        self._last_capture_sender_us = picture.capture_sender_us
        if self._meter is not None:
            self._meter.coded(frame, coder.note)
        if self._folder is not None:
            self._folder.add(f"{picture.capture_sender_us:016d}-source", picture.rgb)

    def _too_early(self, picture: CapturedFrame, grant: FrameGrant) -> bool:
        """Whether the receivers want fewer frames than the source gives; a quarter is left for jitter."""
        if self._last_capture_sender_us is None or grant.keyframe:
            return False
        return picture.capture_sender_us - self._last_capture_sender_us < 0.75 * grant.frame_interval_us

    def _make_session(self, *, keys: bool) -> SenderSession:
        config = self.config
        model_ids = {info.name: info.model_id for info in codec.available_codecs()}
        if config.codec not in model_ids:
            raise codec.UnknownCodecError(f"no codec {config.codec!r}; choose one of {', '.join(model_ids)}")
        stream = StreamParameters(
            width=config.width,
            height=config.height,
            fps=self.fps,
            codec=config.codec,
            model_id=model_ids[config.codec],
            max_kbps=config.max_kbps,
            name=config.name,
        )
        return SenderSession(
            SenderSessionConfig(
                stream=stream,
                epoch=random.getrandbits(16),
                instance=random.getrandbits(63),
                announce=not config.bind,
                keys=keys,
                max_receivers=config.max_receivers,
            )
        )

    def _tell_address(self, url: str, security: Security | None) -> None:
        config = self.config
        loopback = is_loopback(config.url)
        if not config.bind:
            listen = command_line("narrowcast receive --listen", any_interface_url(url), secure=config.secure)
            self._reporter.notice(f"connecting to {url}; to receive, run there: {listen}")
        else:
            self.invitation = invitation_url(url, security, config.advertise)
            command = command_line(
                "narrowcast receive", self.invitation, insecure=config.insecure and not loopback
            )
            self._reporter.notice(f"listening on {url}; to receive, run: {command}", url=self.invitation)
            if security is not None and not security.allowed():
                self._reporter.notice("no receiver is allowed yet: it shows the line to run here")
        if config.insecure and not loopback:
            self._reporter.notice(INSECURE_WARNING)


def is_live(source: str) -> bool:
    """A camera or a network stream goes on without us; a file or a pattern waits for its first receiver."""
    return source.isdecimal() or "://" in source
