"""A sender that is open: the newest picture is coded as soon as a receiver can take a frame."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

from narrowcast import codec
from narrowcast.protocol import (
    FrameAcknowledged,
    FrameGrant,
    ReceiverJoined,
    ReceiverLeft,
    SenderEvent,
    SenderStatistics,
    StillWanted,
)
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.connection_report import ConnectionReport
from narrowcast.runtime.descriptors import NO_DESCRIPTORS
from narrowcast.runtime.line_throttle import LineThrottle, peer_throttle
from narrowcast.runtime.reporting import Notice, Reporter
from narrowcast.runtime.service_manager import ServiceManager
from narrowcast.runtime.signals import StopSignal
from narrowcast.sender.coder import FrameCoder
from narrowcast.sender.config import SenderConfig
from narrowcast.sender.meter import SenderMeter
from narrowcast.sender.network import SenderNetwork
from narrowcast.sender.notices import NO_DESCRIPTORS_NOTICE, WAITING, notice_of
from narrowcast.sender.sources.source import CapturedFrame, Source
from narrowcast.sender.still_keeper import StillKeeper

_READ_TIMEOUT_S = 0.05
"Waiting for a picture or a receiver: signals and statistics wait as long."
_GRANT_WAIT_S = 0.005
"With a picture at hand: how long to wait for a receiver before looking for a newer picture."
_REST_US = 5_000_000
"With no receiver for so long, the encoder gives its threads and memory back; one that returns costs less."
_DRAIN_S = 2.0
"At the end: what the last frame may take to arrive."


@dataclass(kw_only=True, eq=False)
class RunningSender:
    """A sender with all its parts. Its thread codes pictures; network and source have their own."""

    config: SenderConfig
    "as given"
    url: str
    "of the socket"
    invitation: str
    "what a receiver gives to connect, key included; empty where this side connects"
    fps: float
    "of the source, when it was opened"
    reporter: Reporter[SenderStatistics]
    stop: StopSignal
    manager: ServiceManager
    source: Source
    coder: FrameCoder
    network: SenderNetwork
    connections: ConnectionReport
    stills: StillKeeper
    save_picture: Callable[[str, codec.Rgb], None]
    "keeps a picture as it was before coding, under a name"
    _picture: CapturedFrame | None = None
    "the newest, while it is not coded"
    _frames: int = 0
    _last_capture_sender_us: int | None = None
    _awake_us: int | None = None
    "when a receiver was last there; None while the encoder rests"
    _throttle: LineThrottle = field(default_factory=peer_throttle)
    _joined_us: int | None = None
    "when the first receiver came"
    _ended_us: int | None = None
    "when the source had ended"

    @property
    def receivers(self) -> int:
        """How many are watching now; any thread may ask."""
        return self.network.gauges.receivers

    def run(self) -> SenderMeter | None:
        """Send to the end; returns the statistics since the first receiver, None where there was none."""
        self._tell(None, WAITING)
        self.manager.ready(f"{'listening on' if self.config.bind else 'connecting to'} {self.url}")
        if not self._wait_for_receiver():
            return None
        meter = SenderMeter(self.config, self.reporter)
        while not self._finished():
            self._work(meter)
        self.source.check()
        if not self.stop.requested:
            self.network.drain(_DRAIN_S)
        self._take_events(meter)
        return meter

    def say_goodbye(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Tell the receivers why the stream ends, and end the network thread."""
        self.manager.stopping()
        ending = "the sender was stopped" if self.stop.requested else "the stream has ended"
        self.network.stop("the sender failed" if kind is not None else ending)

    def _wait_for_receiver(self) -> bool:
        """Wait for the first receiver; False where the sender ends before."""
        while not (self.stop.requested or self.source.ended):
            self._look_after()
            if self._joined_us is not None:
                return True
            if not self.network.wait_for_grant(_READ_TIMEOUT_S):
                self.source.read(0.0)  # nobody watches: a live source's pictures go by
        self.source.check()
        return False

    def _work(self, meter: SenderMeter) -> None:
        """Code the newest picture, if there is one that a receiver can take."""
        self._look_after(meter)
        self._rest_if_unwatched()
        self._read_picture(meter)
        if self._picture is not None and self.network.wait_for_grant(_GRANT_WAIT_S):
            # The event of a receiver that joined comes before the first grant for it.
            self._take_events(meter)
            self._code_picture(meter)
        meter.source_captured(self.source.captured, waiting=int(self._picture is not None))
        meter.tick(self.network.gauges)

    def _rest_if_unwatched(self) -> None:
        """Let the encoder rest where nobody has watched for a while."""
        if self.receivers:
            self._awake_us = now_us()
        elif self._awake_us is not None and now_us() - self._awake_us >= _REST_US:
            self._awake_us = None
            self.coder.rest()

    def _finished(self) -> bool:
        config, now = self.config, now_us()
        if self.stop.requested or (config.max_frames is not None and self._frames >= config.max_frames):
            return True
        if self._joined_us is not None and now - self._joined_us >= 1e6 * (config.max_seconds or math.inf):
            return True
        if not self.source.ended:
            return False
        self._ended_us = self._ended_us or now
        return self._picture is None or now - self._ended_us > 1e6 * _DRAIN_S

    def _look_after(self, meter: SenderMeter | None = None) -> None:
        self.network.check()
        self.manager.alive()
        self._take_events(meter)

    def _take_events(self, meter: SenderMeter | None) -> None:
        """Tell what happened; `meter` counts once there is a receiver."""
        for event in self.network.events():
            self._take_event(event)
            if meter is not None and isinstance(event, FrameAcknowledged):
                meter.acknowledged(event.network_us)
        for notice in self.connections.notices(self.network.connection_notices(), now_us()):
            self.reporter.notice(notice)
        for notice in self.source.notices():
            self.reporter.notice(notice)

    def _take_event(self, event: SenderEvent) -> None:
        notice = notice_of(event)
        if notice is not None:
            self._tell(type(event), notice)
        if isinstance(event, ReceiverJoined):
            self.connections.accepted()
            self._joined_us = self._joined_us or now_us()
        elif isinstance(event, StillWanted):
            self.stills.want(event.sequence)
        elif isinstance(event, ReceiverLeft) and not self.receivers:
            self._tell(None, WAITING)

    def _tell(self, kind: type | None, notice: Notice) -> None:
        """Report what peers do, a limited number of lines of each kind."""
        told = self._throttle.notice(kind, notice, now_us())
        if told is not None:
            self.reporter.notice(told)

    def _read_picture(self, meter: SenderMeter) -> None:
        """Take the newest picture of the source; one that is not live starts with the first grant."""
        if not self.source.started:
            if not self.network.wait_for_grant(_READ_TIMEOUT_S):
                return
            self.source.start()
        if not self.receivers:
            self._picture = None
        newer = self.source.read(_READ_TIMEOUT_S if self._picture is None else 0.0)
        if newer is not None:
            self._picture = newer
            meter.picture(newer)

    def _code_picture(self, meter: SenderMeter) -> None:
        picture, self._picture = self._picture, None
        grant = None if picture is None else self.network.begin_frame()
        if picture is None or grant is None:
            self._picture = picture
            return
        if self._too_early(picture, grant):
            self.network.cancel_frame(grant)
            return
        try:
            frame = self.coder.code(picture, grant)
        except OSError as error:
            if error.errno not in NO_DESCRIPTORS:
                raise
            self.network.cancel_frame(grant)
            self._tell(OSError, NO_DESCRIPTORS_NOTICE)
            return
        self.network.send_frame(grant, frame)
        self.stills.keep(frame.sequence, picture.rgb)
        self._frames += 1
        self._last_capture_sender_us = picture.capture_sender_us
        meter.coded(frame, self.coder.note)
        self.save_picture(f"{picture.capture_sender_us:016d}-source", picture.rgb)

    def _too_early(self, picture: CapturedFrame, grant: FrameGrant) -> bool:
        """Whether the receivers want fewer frames than the source gives; a quarter is left for jitter."""
        if self._last_capture_sender_us is None or grant.keyframe:
            return False
        return picture.capture_sender_us - self._last_capture_sender_us < 0.75 * grant.frame_interval_us
