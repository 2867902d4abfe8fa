"""Real servers for tests, and what talks to them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from narrowcast.fabric.connection import FabricConnection, connected
from narrowcast.fabric.server import ServerFiles, ServerProcess, configuration_text
from narrowcast.runtime.fabric_address import FabricAddress, parse_fabric

T = TypeVar("T")


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class TestServer:
    """A server on loopback that can be killed and started again."""

    __test__ = False

    def __init__(self, folder: Path, more: str = "") -> None:
        self.files = ServerFiles(folder=folder)
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        folder.mkdir(parents=True, exist_ok=True)
        self.files.configuration.write_text(configuration_text(self.files, "127.0.0.1", self.port, more))
        self.process: ServerProcess | None = None
        self.start()

    @property
    def address(self) -> FabricAddress:
        """Where it is."""
        return parse_fabric(self.url)

    def start(self) -> None:
        """Start it."""
        self.process = ServerProcess(self.files, "127.0.0.1", self.port)

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        self.process._process.kill()
        self.process.stop()

    def stop(self) -> None:
        """End it."""
        assert self.process is not None
        self.process.stop()

    def ask(self, job: Callable[[FabricConnection], Awaitable[T]]) -> T:
        """Run something that needs a connection."""

        async def run() -> T:
            async with connected(self.address, "test") as connection:
                return await job(connection)

        return asyncio.run(run())


@contextmanager
def running_server(folder: Path, more: str = "") -> Iterator[TestServer]:
    """A server for as long as the block runs."""
    server = TestServer(folder, more)
    try:
        yield server
    finally:
        server.stop()
