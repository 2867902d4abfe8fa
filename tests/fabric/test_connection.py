"""A connection to a server, and the one line that says why there is none."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from narrowcast.errors import FabricError
from narrowcast.fabric import connection
from narrowcast.fabric.connection import AskedInVain, ConnectionRefused, FabricConnection, connected
from narrowcast.runtime.fabric_address import parse_fabric
from tests.fabric.fabric_servers import free_port, running_server

LIMITED = 'authorization { users: [{user: u, password: p, permissions: {publish: ["a"], subscribe: ">"}}] }'


def try_to_connect(url: str) -> None:
    async def run() -> None:
        async with connected(parse_fabric(url), "test"):
            pass

    asyncio.run(run())


def test_no_server_is_told_in_one_line() -> None:
    port = free_port()
    with pytest.raises(FabricError, match=f"nats://127.0.0.1:{port} does not answer: no server runs there"):
        try_to_connect(f"nats://127.0.0.1:{port}")


def test_a_server_of_another_kind_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CONNECT_S", 0.2)
    silent = pytest.raises(FabricError, match="does not answer: check host, port and firewall")
    with socket.create_server(("127.0.0.1", 0)) as other, silent:
        try_to_connect(f"nats://127.0.0.1:{other.getsockname()[1]}")


def test_a_host_that_is_not_there_is_told() -> None:
    with pytest.raises(FabricError, match="cannot be reached"):
        try_to_connect("nats://localhost.invalid.")


def test_a_server_that_wants_a_password_is_told(tmp_path: Path) -> None:
    with running_server(tmp_path / "s", LIMITED) as server:
        with pytest.raises(ConnectionRefused, match="does not let this machine in"):
            try_to_connect(server.url)
        with pytest.raises(ConnectionRefused, match="does not let this machine in"):
            try_to_connect(f"nats://u:wrong@127.0.0.1:{server.port}")
        try_to_connect(f"nats://u:p@127.0.0.1:{server.port}")


def test_a_server_without_tls_is_not_trusted(tmp_path: Path) -> None:
    with running_server(tmp_path / "s") as server, pytest.raises(FabricError):
        try_to_connect(f"nats://127.0.0.1:{server.port}?cert={'ab' * 32}")


def test_what_is_not_permitted_is_told_at_once(tmp_path: Path) -> None:
    with running_server(tmp_path / "s", LIMITED) as server:

        async def run() -> None:
            async with connected(parse_fabric(f"nats://u:p@127.0.0.1:{server.port}"), "test") as opened:
                with pytest.raises(AskedInVain, match='does not permit it .*publish to "b"'):
                    await opened.answered(opened.client.request("b", b"", timeout=60), "b")

        asyncio.run(run())


def test_a_denial_reaches_only_who_asked(tmp_path: Path) -> None:
    with running_server(tmp_path / "s", LIMITED) as server:

        async def run() -> None:
            async with connected(parse_fabric(f"nats://u:p@127.0.0.1:{server.port}"), "test") as opened:
                other = asyncio.create_task(opened.answered(asyncio.sleep(0.5), "a"))
                with pytest.raises(AskedInVain):
                    await opened.answered(opened.client.request("b", b"", timeout=60), "b")
                await opened.client.publish("c", b"")
                await other
                assert opened.denials == ['permissions violation for publish to "c"']

        asyncio.run(run())


def test_the_end_of_a_server_is_the_end_of_its_connections(tmp_path: Path) -> None:
    with running_server(tmp_path / "s") as server:

        async def run(opened: FabricConnection) -> str:
            server.kill()
            await asyncio.wait_for(opened.closed.wait(), 10)
            with pytest.raises(AskedInVain, match="the connection is gone"):
                await opened.answered(asyncio.sleep(60), "a")
            return opened.end_reason()

        assert server.ask(run) == "the connection is gone"
