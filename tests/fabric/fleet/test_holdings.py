"""The leases of a worker, in a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.fleet.holdings import Holdings
from narrowcast.fabric.lease import Holder, Lease, this_run
from narrowcast.fabric.names import fleet_lease_subject
from narrowcast.fabric.retention import StreamLimits
from narrowcast.fabric.stream import ensure_stream
from narrowcast.fabric.tasks import end_tasks
from tests.fabric.fabric_servers import TestServer, running_server
from tests.fabric.fleet.fleets import quick_leases
from tests.fabric.fleet.test_follow import until


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestServer]:
    """A server of the test's own, whose leases end soon."""
    with running_server(tmp_path / "s") as running:
        quick_leases(running, monkeypatch)
        yield running


def test_a_worker_takes_what_there_is_and_gives_it_back(server: TestServer) -> None:
    async def run(connection: FabricConnection) -> None:
        for name in ("front", "yard"):
            await ensure_stream(connection, name, StreamLimits())
        gained: list[str] = []
        lost: list[str] = []
        holdings = Holdings(this_run(), (), gained.append, lost.append)
        running = asyncio.create_task(holdings.run(connection))
        await until(lambda: sorted(gained) == ["front", "yard"])
        await ensure_stream(connection, "gate", StreamLimits())
        await until(lambda: "gate" in gained)
        assert sorted(holdings.held) == ["front", "gate", "yard"] and holdings.workers == 1
        await holdings.give_back(connection)
        await end_tasks(running)
        other = Lease("front", Holder(run="x", host="elsewhere", process=1), fleet_lease_subject("front"))
        assert await other.renew(connection), "nobody waits for its end"

    server.ask(run)


def test_a_worker_that_may_have_one_camera_takes_no_other(server: TestServer) -> None:
    async def run(connection: FabricConnection) -> None:
        gained: list[str] = []
        lost: list[str] = []
        holdings = Holdings(this_run(), ("front",), gained.append, lost.append)
        running = asyncio.create_task(holdings.run(connection))
        await until(lambda: gained == ["front"])
        thief = Holder(run="x", host="elsewhere", process=1)
        await connection.client.jsm().purge_stream("KV_nc_fleet")
        await Lease("front", thief, fleet_lease_subject("front")).renew(connection)
        await until(lambda: lost == ["front"])
        await end_tasks(running)

    server.ask(run)
