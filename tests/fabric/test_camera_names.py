"""Which cameras a real server has."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.errors import FabricError
from narrowcast.fabric.camera_names import camera_names
from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.retention import StreamLimits
from narrowcast.fabric.stream import ensure_leases, ensure_stream
from tests.fabric.fabric_servers import running_server


def test_cameras_are_listed_and_nothing_else_that_the_server_keeps(tmp_path: Path) -> None:
    async def run(connection: FabricConnection) -> None:
        assert await camera_names(connection) == []
        await ensure_leases(connection)
        for name in ("yard", "front"):
            await ensure_stream(connection, name, StreamLimits())
        assert await camera_names(connection) == ["front", "yard"]

    with running_server(tmp_path / "s") as server:
        server.ask(run)


def test_a_server_that_is_gone_is_told(tmp_path: Path) -> None:
    with running_server(tmp_path / "s") as server:

        async def run(connection: FabricConnection) -> None:
            server.kill()
            with pytest.raises(FabricError, match="the connection is gone"):
                await camera_names(connection)

        server.ask(run)
