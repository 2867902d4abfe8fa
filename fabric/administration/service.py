"""`narrowcast fabric run`: the server with its streams; changes of who may connect are taken at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from narrowcast.errors import FabricError, NarrowcastError
from narrowcast.fabric.administration.folder import FabricFolder
from narrowcast.fabric.administration.members import Members
from narrowcast.fabric.connection import connected
from narrowcast.fabric.names import FLEET
from narrowcast.fabric.retention import StreamLimits
from narrowcast.fabric.server import (
    ServerError,
    ServerProcess,
    find_server,
    left_behind,
    server_version,
    stop_process,
)
from narrowcast.fabric.stream import FLEET_LEASE_S, ensure_leases, ensure_stream
from narrowcast.runtime.reporting import Level, Notice
from narrowcast.runtime.service_manager import ServiceManager
from narrowcast.runtime.signals import StopSignal

LEAST_VERSION = (2, 10, 4)
"From which on a server speaks TLS from the first byte, so that nobody in between can talk it out of it."
_LOOK_S = 0.2


class FabricService:
    """Runs a server until it is stopped."""

    def __init__(self, folder: FabricFolder, stop: StopSignal, tell: Callable[[Notice], None]) -> None:
        """Make ready; FabricError where the folder is none."""
        folder.check()
        self._folder = folder
        self._stop = stop
        self._tell = tell
        self._manager = ServiceManager()
        self._stamp: tuple[int, int] | None = None

    def run(self) -> None:
        """Run until a stop is asked for; ServerError where the server ends before."""
        version = server_version(find_server())
        if version < LEAST_VERSION:
            raise ServerError(
                f"nats-server {'.'.join(map(str, version))} is too old for encrypted connections, "
                f'{".".join(map(str, LEAST_VERSION))} is needed: pip install "narrowcast[fabric]"'
            )
        folder = self._folder
        folder.write_configuration()
        self._stamp = self._stamp_now()
        listen = folder.listen
        left = left_behind(folder.files, listen.host, listen.port)
        if left is not None:
            self._tell(Notice("stopping the server of a program that was killed"))
            stop_process(left)
        server = ServerProcess(folder.files, listen.host, listen.port)
        try:
            with self._stop:
                self._prepare(folder.members())
                self._tell(Notice(f"the fabric is at {folder.url}", url=folder.url))
                self._manager.ready(f"serving {folder.url.partition('?')[0]}")
                self._watch(server)
        finally:
            self._manager.stopping()
            server.stop()

    def _watch(self, server: ServerProcess) -> None:
        while not self._stop.requested:
            self._manager.alive()
            if not server.running:
                raise ServerError(f"the server has ended: {server.failure()}")
            stamp = self._stamp_now()
            if stamp != self._stamp:
                self._stamp = stamp
                self._take_changes(server)
            time.sleep(_LOOK_S)

    def _take_changes(self, server: ServerProcess) -> None:
        """Let the server read the list again; one that is damaged changes nothing, and is told."""
        try:
            members = self._folder.members()
            self._folder.write_configuration()
            server.reload()
            self._tell(Notice(f"{len(members.members)} keys may connect now"))
            self._prepare(members)
        except NarrowcastError as error:
            text = f"{error.on_command_line()}; the server goes on with what it knew"
            self._tell(Notice(text, level=Level.WARNING))

    def _prepare(self, members: Members) -> None:
        """Make what relays may not make themselves: the streams and the buckets of leases."""
        asyncio.run(self._make_streams(members))

    async def _make_streams(self, members: Members) -> None:
        async with connected(self._folder.local_address, "owner", self._folder.admin) as connection:
            await ensure_leases(connection)
            await ensure_leases(connection, FLEET, FLEET_LEASE_S)
            for camera in members.cameras:
                await ensure_stream(connection, camera, members.limits.get(camera, StreamLimits()))

    def _stamp_now(self) -> tuple[int, int]:
        """Numbers that differ after every change of the list: each change writes a new file."""
        try:
            found = self._folder.members_path.stat()
        except OSError as error:
            raise FabricError(f"{self._folder.members_path} is gone: {error.strerror}") from error
        return found.st_ino, found.st_mtime_ns
