"""The lease on a camera, in a real server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest

from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.lease import Holder, Lease, this_run
from narrowcast.fabric.stream import ensure_leases
from tests.fabric.fabric_servers import TestServer, running_server

ELSEWHERE = Holder(run="b", host="elsewhere", process=1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestServer]:
    """A server for all of these tests; each has a camera of its own."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        running.ask(ensure_leases)
        yield running


def test_one_of_two_relays_holds_a_camera(server: TestServer) -> None:
    async def run(connection: FabricConnection) -> None:
        first, second = Lease("one", this_run()), Lease("one", ELSEWHERE)
        assert await first.renew(connection) and first.held
        assert not await second.renew(connection) and second.holder == first._own
        assert await first.renew(connection)
        assert await Lease("other", ELSEWHERE).renew(connection), "another camera is free"
        await first.release(connection)
        assert not first.held and await second.renew(connection)
        assert not await first.renew(connection) and first.holder == ELSEWHERE

    server.ask(run)


def test_a_lease_that_is_not_renewed_ends(server: TestServer) -> None:
    async def run(connection: FabricConnection) -> None:
        first, second = Lease("late", ELSEWHERE), Lease("late", this_run())
        assert await first.renew(connection)
        for _ in range(100):
            if await second.renew(connection):
                break
            await asyncio.sleep(0.1)
        assert second.held and not await first.renew(connection)

    server.ask(run)


def test_a_program_of_this_machine_that_was_killed_is_not_waited_for(server: TestServer) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)

    async def run(connection: FabricConnection) -> None:
        own = this_run()
        killed = Lease("killed", Holder(run="a", host=own.host, process=child))
        assert await killed.renew(connection)
        assert await Lease("killed", own).renew(connection)

    server.ask(run)


def test_a_lease_that_the_server_forgot_is_taken_again(server: TestServer) -> None:
    async def run(connection: FabricConnection) -> None:
        lease = Lease("forgotten", this_run())
        assert await lease.renew(connection)
        await connection.client.jsm().purge_stream("KV_nc_lease")
        assert await lease.renew(connection)

    server.ask(run)


def test_what_is_no_holder_holds_nothing(server: TestServer) -> None:
    async def run(connection: FabricConnection) -> None:
        await connection.client.publish("$KV.nc_lease.odd", b"\xff{nonsense")
        await connection.client.flush()
        assert await Lease("odd", this_run()).renew(connection)

    server.ask(run)
