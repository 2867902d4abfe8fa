"""The wall: tiles come from the fabric, browsers look at them, all in one loop."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import suppress
from dataclasses import replace

import nats.errors
from nats.aio.msg import Msg

from narrowcast.errors import FabricError
from narrowcast.fabric.camera_names import camera_names
from narrowcast.fabric.connection import (
    REFUSED_RETRY_S,
    RETRY_S,
    AskedInVain,
    ConnectionRefused,
    FabricConnection,
    connected,
)
from narrowcast.fabric.names import tile_subject
from narrowcast.fabric.tasks import end_tasks
from narrowcast.fabric.tile import TileError, unpack_tile
from narrowcast.fabric.wall.app import make_wall_app
from narrowcast.fabric.wall.config import WallConfig
from narrowcast.fabric.wall.opened import OpenCameras, keep_looking
from narrowcast.fabric.wall.tile_store import TileStore
from narrowcast.fabric.wall.wall_messages import MAX_MESSAGE_BYTES
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.line_throttle import peer_throttle
from narrowcast.runtime.reporting import Level, Notice, Reporter, Statistics
from narrowcast.runtime.service_manager import ServiceManager
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.web.access_control import AccessControl
from narrowcast.runtime.web.listening import make_server, open_web_socket
from narrowcast.text import show_whole

_LOOK_S = 0.1
_END_S = 1.0
NAMES_S = 5.0
"Between two looks which cameras there are."
_MAX_CONNECTIONS = 512


class Wall:
    """Runs until it is stopped: a server that is away is waited for, and the page says so."""

    def __init__(self, config: WallConfig, reporter: Reporter[Statistics], stop: StopSignal) -> None:
        """Make ready."""
        self._config, self._reporter, self._stop = config, reporter, stop
        self._store = TileStore()
        self._manager = ServiceManager()
        self._throttle = peer_throttle()
        self._told = ""

    def run(self) -> None:
        """Serve until a stop is asked for; WebError where the page cannot be served."""
        config = self._config
        web = replace(config.web, token=config.web_token) if config.web_token else config.web
        listener = open_web_socket(web)
        try:
            port = int(listener.getsockname()[1])
            url = web.url(port)
            if not config.web_token:
                show_whole(url)
            access = AccessControl(web, port, "narrowcast wall")
            with self._stop:
                self._reporter.notice(Notice(f"the wall is at {url}", url=url))
                asyncio.run(self._run(listener, access, url))
        finally:
            listener.close()

    async def _run(self, listener: socket.socket, access: AccessControl, url: str) -> None:
        closing = asyncio.Event()
        opened = OpenCameras(self._config, access, self._reporter.notice)
        app = make_wall_app(self._store, opened, access, closing)
        server = make_server(
            app, listener, max_connections=_MAX_CONNECTIONS, max_message_bytes=MAX_MESSAGE_BYTES
        )
        tasks = [asyncio.create_task(job) for job in (self._keep_connected(), keep_looking(opened))]
        serving = asyncio.create_task(server.serve())
        self._manager.ready(f"serving {url.partition('?')[0]}")
        try:
            while not self._stop.requested:
                self._manager.alive()
                self._store.look(now_us())
                for task in (*tasks, serving):
                    if task.done():
                        task.result()
                await asyncio.sleep(_LOOK_S)
        finally:
            self._manager.stopping()
            closing.set()
            self._store.wake()
            server.should_exit = True
            await asyncio.to_thread(opened.close)
            await asyncio.wait([serving], timeout=_END_S)
            await end_tasks(*tasks, serving)

    async def _keep_connected(self) -> None:
        """Connect, take tiles, and connect again, until this is cancelled."""
        label = self._config.server.label
        while True:
            pause_s = RETRY_S
            try:
                async with connected(self._config.server, f"wall {socket.gethostname()}") as connection:
                    self._tell("", f"showing the cameras of {label}")
                    await self._take_tiles(connection)
                    self._tell(f"{connection.end_reason()} ({label})")
            except FabricError as error:
                refused = isinstance(error, (ConnectionRefused, AskedInVain))
                pause_s = REFUSED_RETRY_S if refused else RETRY_S
                self._tell(error.text)
            await asyncio.sleep(pause_s)

    async def _take_tiles(self, connection: FabricConnection) -> None:
        """Take tiles until the connection is over; FabricError where that is not permitted."""
        names = self._config.camera
        subscriptions = [
            await connection.client.subscribe(tile_subject(name), cb=self._take) for name in names or ("*",)
        ]
        if names:
            self._store.known(names)
        due_s = 0.0
        try:
            while not connection.closed.is_set():
                if connection.denials:
                    said = connection.denials[0]
                    raise ConnectionRefused(f"this machine's key may not watch ({said}){connection.remedy}")
                if not names and time.monotonic() >= due_s:
                    self._store.known(await camera_names(connection))
                    due_s = time.monotonic() + NAMES_S
                await asyncio.sleep(_LOOK_S)
        finally:
            for subscription in subscriptions:
                with suppress(nats.errors.Error):
                    await subscription.unsubscribe()

    async def _take(self, message: Msg) -> None:
        name = message.subject.rpartition(".")[2]
        try:
            self._store.take(name, unpack_tile(message.data), now_us())
        except TileError as error:
            notice = Notice(f"{name}: {error.text} was left out", level=Level.WARNING)
            told = self._throttle.notice("tile", notice, now_us())
            if told is not None:
                self._reporter.notice(told)

    def _tell(self, trouble: str, otherwise: str = "") -> None:
        """Tell what keeps tiles from coming, here and on the page; once for as long as it stays so."""
        self._store.say(trouble)
        text = f"{trouble} (still trying)" if trouble else otherwise
        if text != self._told:
            self._told = text
            level = Level.WARNING if trouble else Level.INFO
            self._reporter.notice(Notice(text, level=level))
