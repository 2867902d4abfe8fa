"""Watches a camera over one connection after the other, until it is told to stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from narrowcast.errors import FabricError
from narrowcast.fabric.connection import (
    REFUSED_RETRY_S,
    RETRY_S,
    AskedInVain,
    ConnectionRefused,
    FabricConnection,
    connected,
)
from narrowcast.fabric.tasks import end_tasks
from narrowcast.fabric.viewer.watch import Watcher, watch
from narrowcast.runtime.fabric_address import FabricAddress

_LOOK_S = 0.05


class Patient(Watcher, Protocol):
    """Who watches on over interruptions."""

    def lost(self, reason: str) -> None:
        """The connection is over; another one is made."""
        ...

    def trouble(self, text: str) -> None:
        """What keeps a connection from being made."""
        ...


async def keep_watching(
    server: FabricAddress, camera: str, watcher: Patient, stopped: Callable[[], bool]
) -> None:
    """Watch until `stopped` says so; what goes wrong is told and waited for."""
    while not stopped():
        pause_s = RETRY_S
        try:
            async with connected(server, f"viewer of {camera}") as connection:
                await _watch(connection, camera, watcher, stopped)
                if not stopped():
                    watcher.lost(f"{connection.end_reason()} ({server.label})")
        except FabricError as error:
            pause_s = REFUSED_RETRY_S if isinstance(error, (ConnectionRefused, AskedInVain)) else RETRY_S
            watcher.trouble(f"{error.text} (still trying)")
        deadline_s = time.monotonic() + pause_s
        while not stopped() and time.monotonic() < deadline_s:
            await asyncio.sleep(_LOOK_S)


async def _watch(
    connection: FabricConnection, camera: str, watcher: Patient, stopped: Callable[[], bool]
) -> None:
    watching = asyncio.create_task(watch(connection, camera, watcher))
    try:
        while not stopped() and not watching.done():
            await asyncio.wait([watching], timeout=_LOOK_S)
        if watching.done():
            watching.result()
        if connection.denials and not connection.closed.is_set():
            said = f"this machine's key may not watch camera {camera} ({connection.denials[0]})"
            raise ConnectionRefused(said + connection.remedy)
    finally:
        await end_tasks(watching)
