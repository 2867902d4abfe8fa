"""The relay: all cameras in one loop, one connection to the fabric, and what is told of both."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from contextlib import ExitStack, suppress

from narrowcast.errors import FabricError
from narrowcast.fabric.connection import (
    REFUSED_RETRY_S,
    RETRY_S,
    ConnectionRefused,
    FabricConnection,
    connected,
)
from narrowcast.fabric.lease import RENEW_S, this_run
from narrowcast.fabric.local import LocalServer
from narrowcast.fabric.relay.config import RelayConfig
from narrowcast.fabric.relay.member import RelayMember
from narrowcast.fabric.relay.publisher import Answer, Publisher
from narrowcast.fabric.relay.statistics import RelayStatistics
from narrowcast.fabric.relay.totals import Totals
from narrowcast.fabric.stream import ensure_leases, ensure_stream
from narrowcast.fabric.tasks import end_tasks
from narrowcast.runtime.reporting import Level, Notice, Reporter
from narrowcast.runtime.service_manager import ServiceManager
from narrowcast.runtime.signals import StopSignal

_LOOK_S = 0.1
"Between two looks at the stop signal and at what has waited too long."
_BYE_S = 0.1
"What a BYE needs to leave."
_DRAIN_S = 1.0
"What the last frames may take to be acknowledged at the end."


class Relay:
    """Runs until it is stopped: an interruption of the fabric, or of a camera, is waited for."""

    def __init__(self, config: RelayConfig, reporter: Reporter[RelayStatistics], stop: StopSignal) -> None:
        """Make ready; SecurityError where a camera's address may not be used like this."""
        own = this_run()
        self._config = config
        self._reporter = reporter
        self._stop = stop
        self._members = [
            RelayMember(number, camera, config, own, reporter.notice)
            for number, camera in enumerate(config.parsed)
        ]
        self._manager = ServiceManager()
        self._totals = Totals(self._members)
        self._told = ""
        self._server: LocalServer | None = None

    def run(self) -> None:
        """Relay until a stop is asked for."""
        with ExitStack() as stack:
            if self._config.server.local:
                server = LocalServer(self._config.server, self._reporter.notice)
                self._server = stack.enter_context(server)
            stack.enter_context(self._stop)
            asyncio.run(self._run())
        self._reporter.summary(self._totals.whole(), {})

    async def _run(self) -> None:
        self._manager.ready(f"relaying to {self._config.server.label}")
        fabric = asyncio.create_task(self._keep_connected())
        try:
            while not self._stop.requested and not fabric.done():
                self._manager.alive()
                if self._server is not None:
                    self._server.look_after()
                for member in self._members:
                    member.look_after()
                second = self._totals.second()
                if second is not None:
                    self._reporter.second(second)
                await asyncio.sleep(_LOOK_S)
            self._manager.stopping()
            await fabric
        finally:
            await end_tasks(fabric)
            for member in self._members:
                member.close_link()

    async def _keep_connected(self) -> None:
        """Connect, publish, and connect again, until the stop."""
        label = self._config.server.label
        names = ",".join(member.name for member in self._members)
        while not self._stop.requested:
            pause_s = RETRY_S
            try:
                async with connected(
                    self._config.server, f"relay {socket.gethostname()}", wants=f"--camera {names}"
                ) as connection:
                    await ensure_leases(connection)
                    self._tell(f"publishing to {label}")
                    await self._publish(connection)
                    if not self._stop.requested:
                        self._tell(
                            f"{connection.end_reason()} ({label}); frames are kept for 10 s", warn=True
                        )
            except FabricError as error:
                pause_s = REFUSED_RETRY_S if isinstance(error, ConnectionRefused) else RETRY_S
                self._tell(f"{error.text} (still trying; frames are kept for 10 s)", warn=True)
            await self._pause(pause_s)

    async def _publish(self, connection: FabricConnection) -> None:
        """Publish what the cameras give until the connection is over or a stop is asked for."""
        publisher = Publisher(connection, self._answered)
        jobs: list[Coroutine[object, object, None]] = [publisher.run()]
        jobs += [self._hold(member, connection, publisher) for member in self._members]
        tasks = [asyncio.create_task(job) for job in jobs]
        try:
            while not self._stop.requested and not connection.closed.is_set():
                for task in tasks:
                    if task.done():
                        task.result()
                await asyncio.sleep(_LOOK_S)
                self._tell_denials(connection)
            if not connection.closed.is_set():
                await self._finish(connection)
        finally:
            for member in self._members:
                member.camera.detach()
            await end_tasks(*tasks)

    async def _hold(self, member: RelayMember, connection: FabricConnection, publisher: Publisher) -> None:
        """Hold a camera as long as no other relay has it, and publish it meanwhile."""
        prepared = False
        while not connection.closed.is_set():
            try:
                if not prepared:
                    await ensure_stream(connection, member.name, self._config.retention)
                    prepared = True
                if await member.lease.renew(connection):
                    member.hold(publisher)
                else:
                    member.stand_by()
            except FabricError as error:
                if not connection.closed.is_set():
                    member.tell(f"{error.text} (still trying)", True)
            await asyncio.sleep(RENEW_S)

    async def _finish(self, connection: FabricConnection) -> None:
        """Say goodbye to the cameras, and wait for what the server has not acknowledged."""
        for member in self._members:
            member.say_goodbye()
        await asyncio.sleep(_BYE_S)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._drained(), _DRAIN_S)
        await asyncio.gather(*(member.lease.release(connection) for member in self._members))

    async def _drained(self) -> None:
        while any(len(member.camera.ring) for member in self._members):
            await asyncio.sleep(_LOOK_S / 5)

    async def _pause(self, seconds: float) -> None:
        """Wait, or end the wait with the stop."""
        for _ in range(max(1, round(seconds / _LOOK_S))):
            if self._stop.requested:
                return
            await asyncio.sleep(_LOOK_S)

    def _answered(self, answer: Answer) -> None:
        self._members[answer.camera].camera.answered(answer)

    def _tell_denials(self, connection: FabricConnection) -> None:
        if not connection.denials:
            return
        said = "; ".join(dict.fromkeys(connection.denials))
        connection.denials.clear()
        self._tell(f"this machine's key may not do that ({said}){connection.remedy}", warn=True)

    def _tell(self, text: str, *, warn: bool = False) -> None:
        """Tell what is new; a server that stays away is told once."""
        if text != self._told:
            self._told = text
            self._reporter.notice(Notice(text, level=Level.WARNING if warn else Level.INFO))
