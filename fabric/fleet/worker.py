"""The worker: one connection to the fabric, its cameras, and the processes that decode them."""

from __future__ import annotations

import asyncio
import itertools
import socket
import time
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta

import nats.errors

from narrowcast.errors import FabricError
from narrowcast.fabric.connection import (
    REFUSED_RETRY_S,
    RETRY_S,
    AskedInVain,
    ConnectionRefused,
    FabricConnection,
    connected,
)
from narrowcast.fabric.fleet.camera import TILE_US, FleetCamera, FleetCounts
from narrowcast.fabric.fleet.config import FleetConfig
from narrowcast.fabric.fleet.follow import following
from narrowcast.fabric.fleet.holdings import Holdings
from narrowcast.fabric.fleet.overload import OverloadWatch
from narrowcast.fabric.fleet.statistics import FleetStatistics
from narrowcast.fabric.fleet.tile_loop import TileLoop
from narrowcast.fabric.lease import this_run
from narrowcast.fabric.names import alert_subject, tile_subject
from narrowcast.fabric.tasks import end_tasks
from narrowcast.fabric.tile import CameraTile, pack_tile
from narrowcast.receiver.events.event import Event, to_json
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.line_throttle import peer_throttle
from narrowcast.runtime.reporting import Level, Notice, Reporter
from narrowcast.runtime.service_manager import ServiceManager
from narrowcast.runtime.signals import StopSignal

_LOOK_S = 0.1
_SPREAD = 16
"Tiles of cameras that are taken together are due at as many different moments of a second."
REJOIN_S = 5.0
"A camera that could not be joined is tried again after so long."


class FleetWorker:
    """Runs until it is stopped: a server that is away is waited for."""

    def __init__(self, config: FleetConfig, reporter: Reporter[FleetStatistics], stop: StopSignal) -> None:
        """Make ready."""
        self._config, self._reporter, self._stop = config, reporter, stop
        self._manager = ServiceManager()
        self._throttle = peer_throttle()
        self._counts, self._before = FleetCounts(), FleetCounts()
        self._slots = itertools.count()
        self._loops = [TileLoop(self._tell_tile, self._warn) for _ in range(config.process_count)]
        self._followed: dict[str, asyncio.Task[None]] = {}
        self._alerts: dict[str, int] = {}
        self._holdings: Holdings | None = None
        self._connection: FabricConnection | None = None
        self._overload = OverloadWatch()
        self._told = ""

    def run(self) -> None:
        """Work until a stop is asked for."""
        begun_us = now_us()
        with self._stop:
            asyncio.run(self._run())
        self._reporter.summary(self._statistics(self._counts, now_us() - begun_us), {})

    @property
    def pids(self) -> list[int]:
        """The decode processes that run."""
        return [loop.pid for loop in self._loops if loop.pid is not None]

    async def _run(self) -> None:
        loops = [asyncio.create_task(loop.run()) for loop in self._loops]
        fabric = asyncio.create_task(self._keep_connected())
        self._manager.ready(f"decoding cameras of {self._config.server.label}")
        second_us = now_us()
        try:
            while not self._stop.requested and not fabric.done():
                self._manager.alive()
                for loop in loops:
                    if loop.done():
                        loop.result()
                now = now_us()
                if now - second_us >= 1_000_000:
                    self._second(now - second_us)
                    second_us = now
                await asyncio.sleep(_LOOK_S)
            self._manager.stopping()
            await fabric
        finally:
            await end_tasks(fabric, *loops)

    async def _keep_connected(self) -> None:
        """Connect, work, and connect again, until the stop."""
        label = self._config.server.label
        while not self._stop.requested:
            pause_s = RETRY_S
            try:
                name = f"worker {socket.gethostname()}"
                async with connected(self._config.server, name, wants="--worker") as connection:
                    self._tell(f"sharing the cameras of {label} with its other workers")
                    await self._work(connection)
                    if not self._stop.requested:
                        self._tell(f"{connection.end_reason()} ({label}); still trying", warn=True)
            except FabricError as error:
                refused = isinstance(error, (ConnectionRefused, AskedInVain))
                pause_s = REFUSED_RETRY_S if refused else RETRY_S
                self._tell(f"{error.text} (still trying)", warn=True)
            deadline_s = time.monotonic() + pause_s
            while not self._stop.requested and time.monotonic() < deadline_s:
                await asyncio.sleep(_LOOK_S)

    async def _work(self, connection: FabricConnection) -> None:
        """Hold cameras until the connection is over or a stop is asked for."""
        holdings = Holdings(this_run(), self._config.camera, self._gained, self._lost)
        self._holdings, self._connection = holdings, connection
        holding = asyncio.create_task(holdings.run(connection))
        try:
            while not self._stop.requested and not connection.closed.is_set() and not holding.done():
                await asyncio.sleep(_LOOK_S)
                if connection.denials:
                    said = connection.denials.pop(0)
                    connection.denials.clear()
                    raise ConnectionRefused(f"this machine's key may not work ({said}){connection.remedy}")
            if holding.done() and not connection.closed.is_set():
                holding.result()
            if not connection.closed.is_set():
                await holdings.give_back(connection)
        finally:
            self._connection = None
            await end_tasks(holding)
            for name in list(self._followed):
                self._lost(name)

    def _gained(self, name: str) -> None:
        """Decode a camera from now on, in the process that has fewest."""
        slot = next(self._slots)
        due_us = now_us() + slot % _SPREAD * TILE_US // _SPREAD
        camera = FleetCamera(name, slot, self._counts, self._warn, due_us)
        loop = min(self._loops, key=lambda each: len(each.cameras))
        loop.add(camera)
        self._followed[name] = asyncio.create_task(self._follow(camera))

    def _lost(self, name: str) -> None:
        task = self._followed.pop(name, None)
        if task is not None:
            task.cancel()
        self._alerts.pop(name, None)
        for loop in self._loops:
            loop.remove(name)

    async def _follow(self, camera: FleetCamera) -> None:
        """Follow a camera until this task is cancelled."""
        while (connection := self._connection) is not None:
            try:
                async with following(connection, camera.name, camera):
                    await connection.closed.wait()
                    return
            except FabricError as error:
                if connection.closed.is_set():
                    return
                self._warn(f"{camera.name}: {error.text} (still trying)")
            camera.lose()
            await asyncio.sleep(REJOIN_S)

    async def _tell_tile(self, name: str, tile: CameraTile, events: list[Event]) -> None:
        """Publish what is known of a camera; nobody hears it while the server is away."""
        self._alerts[name] = len(tile.alerts)
        connection = self._connection
        if connection is None or connection.closed.is_set():
            return
        with suppress(nats.errors.Error, OSError):  # the connection is gone; the next one tells it anew
            await connection.client.publish(tile_subject(name), pack_tile(tile))
            for event in events:
                at = datetime.now().astimezone() - timedelta(microseconds=now_us() - event.at_us)
                text = to_json(event, stream=name, at=at)
                await connection.client.publish(alert_subject(name), text.encode())

    def _second(self, passed_us: int) -> None:
        names = asdict(self._counts)
        past = FleetCounts(**{name: value - getattr(self._before, name) for name, value in names.items()})
        self._before = FleetCounts(**names)
        self._reporter.second(self._statistics(past, passed_us))
        overload = self._overload.second(past)
        if overload:
            self._reporter.notice(Notice(overload, level=Level.WARNING))

    def _statistics(self, counts: FleetCounts, passed_us: int) -> FleetStatistics:
        holdings = self._holdings
        return FleetStatistics(
            seconds=passed_us / 1e6,
            cameras=0 if holdings is None else len(holdings.known),
            held=len(self._followed),
            workers=1 if holdings is None else holdings.workers,
            alerts=sum(self._alerts.values()),
            **asdict(counts),
        )

    def _warn(self, text: str) -> None:
        """Tell what is wrong with a camera, a limited number of lines."""
        notice = self._throttle.notice("camera", Notice(text, level=Level.WARNING), now_us())
        if notice is not None:
            self._reporter.notice(notice)

    def _tell(self, text: str, *, warn: bool = False) -> None:
        """Tell what is new; a server that stays away is told once."""
        if text != self._told:
            self._told = text
            self._reporter.notice(Notice(text, level=Level.WARNING if warn else Level.INFO))
