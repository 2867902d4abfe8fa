"""The gateway: watches a camera of a fabric and serves ordinary receivers with credit, decoding nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from narrowcast.errors import ConfigError
from narrowcast.fabric.gateway.chain import FrameChain
from narrowcast.fabric.gateway.sessions import GatewaySessions
from narrowcast.fabric.gateway.statistics import (
    METRICS,
    PREFIX,
    GatewayStatistics,
    second_line,
    summary_table,
)
from narrowcast.fabric.link_loop import LinkLoop
from narrowcast.fabric.packages import check_packages
from narrowcast.fabric.records import FabricFrame, parameters_of
from narrowcast.fabric.state import CameraState
from narrowcast.fabric.tasks import end_tasks
from narrowcast.fabric.viewer.keep_watching import keep_watching
from narrowcast.protocol import MAX_CONTROL_BYTES, Transport, TransportConfig
from narrowcast.receiver.recording.payload_records import FrameRecord, RecordDamaged
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.common_settings import ReportSettings
from narrowcast.runtime.connection_report import ConnectionReport
from narrowcast.runtime.fabric_address import camera_of
from narrowcast.runtime.line_throttle import peer_throttle
from narrowcast.runtime.metrics import served
from narrowcast.runtime.reporting import Level, Notice, Reporter
from narrowcast.runtime.security import choose_security, invitation_url
from narrowcast.runtime.service_manager import ServiceManager
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.terminal import make_reporter
from narrowcast.sender.config import SenderConfig
from narrowcast.sender.notices import address_notices, notice_of

_LOOK_S = 0.05
_SECOND_US = 1_000_000
_BYE_S = 0.1


class Gateway:
    """Runs until it is stopped: an interruption of the fabric, or of the camera, is waited for."""

    def __init__(self, config: SenderConfig, reporter: Reporter[GatewayStatistics], stop: StopSignal) -> None:
        """Open the socket; NarrowcastError in one line where that is not possible."""
        self._config = config
        self._reporter = reporter
        self._stop = stop
        self._camera = camera_of(config.source)
        security = choose_security(
            config.url, bind=config.bind, insecure=config.insecure, secure=config.secure
        )
        self._chain = FrameChain()
        self._sessions = GatewaySessions(
            self._chain,
            max_receivers=config.max_receivers,
            keys=security is not None,
            captured_us=_captured_us,
        )
        self._transport = Transport(
            TransportConfig(url=config.url, bind=True, max_message_bytes=MAX_CONTROL_BYTES, security=security)
        )
        self._connections = ConnectionReport(self._transport.url, security.own.public if security else None)
        invitation = invitation_url(self._transport.url, security, config.advertise)
        for notice in address_notices(config, self._transport.url, invitation, security):
            reporter.notice(notice)
        self._throttle = peer_throttle()
        self._manager = ServiceManager()
        self._link: LinkLoop | None = None
        self._state: CameraState | None = None
        self._frames = 0
        self._told = ""
        self._start_us = self._second_us = now_us()
        self._before = (0, 0, 0)

    def run(self) -> None:
        """Serve until a stop is asked for."""
        with self._stop:
            asyncio.run(self._run())
        self._reporter.summary(self._statistics(now_us() - self._start_us, (0, 0, 0)), {})

    # What the fabric tells.

    def came(self, frames: list[FabricFrame]) -> None:
        """Take frames; those that came before, or build on lost ones, are left out."""
        for frame in frames:
            if self._chain.put(frame):
                self._frames += 1
                self._told = ""
        self._serve()

    def state(self, state: CameraState) -> None:
        """Take note of how the camera is."""
        if not state.linked and (self._state is None or self._state.linked):
            self._tell(f"camera {self._camera}: {state.reason}")
        self._state = state
        self._serve()

    def damaged(self, error: RecordDamaged) -> None:
        """Tell of a message that cannot be read."""
        self._tell(f"a damaged record of camera {self._camera} was left out ({error.text})")

    def quiet(self, text: str) -> None:
        """Tell that nothing comes."""
        self._tell(text or f"nothing comes from camera {self._camera}; still waiting")

    def lost(self, reason: str) -> None:
        """Tell that the connection is over."""
        self._tell(reason)

    def trouble(self, text: str) -> None:
        """Tell what keeps a connection from being made."""
        self._tell(text)

    async def _run(self) -> None:
        self._manager.ready(f"serving {self._camera} on {self._transport.url}")
        self._link = LinkLoop(self._sessions, self._transport, self._step)
        watching = asyncio.create_task(
            keep_watching(self._config.server, self._camera, self, lambda: self._stop.requested)
        )
        try:
            while not self._stop.requested and not watching.done():
                self._manager.alive()
                self._tick()
                await asyncio.sleep(_LOOK_S)
            self._manager.stopping()
            self._link.say_goodbye("the gateway was stopped")
            await asyncio.sleep(_BYE_S)
            await watching
        finally:
            await end_tasks(watching)
            self._link.close()

    def _serve(self) -> None:
        """Tell the sessions what the camera sends, and let them send it."""
        record = self._chain.stream
        if record is None:
            return
        said = self._state.stream if self._state is not None else None
        self._sessions.serve(parameters_of(record, self._camera, said))
        if self._link is not None:
            self._link.wake()

    def _step(self) -> None:
        """Tell what a step of the link has brought."""
        for event in self._sessions.events():
            self._report(notice_of(event), type(event))
        if self._link is not None:
            for notice in self._connections.notices(self._link.notices(), now_us()):
                self._reporter.notice(notice)

    def _report(self, notice: Notice | None, kind: type) -> None:
        told = None if notice is None else self._throttle.notice(kind, notice, now_us())
        if told is not None:
            self._reporter.notice(told)

    def _tick(self) -> None:
        passed_us = now_us() - self._second_us
        if passed_us >= _SECOND_US:
            self._reporter.second(self._statistics(passed_us, self._before))
            self._second_us += passed_us
            self._before = (self._frames, self._sessions.frames_sent, self._sessions.bytes_sent)

    def _statistics(self, passed_us: int, before: tuple[int, int, int]) -> GatewayStatistics:
        return GatewayStatistics(
            seconds=passed_us / 1e6,
            receivers=self._sessions.receivers,
            frames=self._frames - before[0],
            sent=self._sessions.frames_sent - before[1],
            payload_bytes=self._sessions.bytes_sent - before[2],
        )

    def _tell(self, text: str) -> None:
        """Tell what is new."""
        if text != self._told:
            self._told = text
            self._reporter.notice(Notice(text, level=Level.WARNING))


def run_gateway(configs: Sequence[SenderConfig], report: ReportSettings) -> None:
    """Serve the camera that the only source names; ConfigError where it cannot be served like this."""
    check_packages()
    if len(configs) > 1:
        raise ConfigError("a gateway serves one camera of a fabric: start one for each")
    if not configs[0].bind:
        raise ConfigError("a gateway waits for receivers: let it listen", setting="connect")
    reporter = make_reporter(report.stats, second_line, summary_table)
    with served(reporter, report.metrics, PREFIX, METRICS) as told:
        Gateway(configs[0], told, StopSignal()).run()


def _captured_us(frame: FrameRecord) -> int:
    """Our monotonic clock, when a frame was taken, by the calendar that we share with the relay."""
    return now_us() - (time.time_ns() // 1000 - (frame.time_us or 0))
