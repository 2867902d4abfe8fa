"""What a server says of its streams; test_service.py has the accounts in which it answers twice."""

from __future__ import annotations

from pathlib import Path

import nats.errors
import pytest

from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.stream_api import ask_api
from tests.fabric.fabric_servers import running_server


def test_answers_are_read_and_missing_ones_told(tmp_path: Path) -> None:
    async def run(connection: FabricConnection) -> None:
        assert (await ask_api(connection, "$JS.API.STREAM.NAMES", {}, 5.0))["total"] == 0
        missing = await ask_api(connection, "$JS.API.STREAM.INFO.nc_x", {}, 5.0)
        assert missing["error"]["code"] == 404
        with pytest.raises(nats.errors.NoRespondersError):
            await ask_api(connection, "nobody.is.here", {}, 5.0)

    with running_server(tmp_path / "s") as server:
        server.ask(run)


def test_what_belongs_to_another_account_is_waited_for(tmp_path: Path) -> None:
    async def run(connection: FabricConnection) -> None:
        async def two(message) -> None:  # type: ignore[no-untyped-def]
            for data in (b"not JSON", b'{"error": {"err_code": 10039}}', b'{"total": 3}'):
                await connection.client.publish(message.reply, data)

        await connection.client.subscribe("question", cb=two)
        assert await ask_api(connection, "question", {}, 5.0) == {"total": 3}

    with running_server(tmp_path / "s") as server:
        server.ask(run)
