"""Workers between a real server, real relays, and whoever listens to their tiles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.lease import Holder, Lease, write_holder
from narrowcast.fabric.names import alert_subject, fleet_lease_subject, frame_subject, worker_subject
from narrowcast.fabric.stream import StreamReader
from tests.fabric.fabric_servers import TestServer, running_server
from tests.fabric.fleet.fleets import next_tiles, quick_leases, record_camera, run_worker
from tests.fabric.relay.test_relay import run_relay, told
from tests.pipelines import RunningPipeline, run_sender, small_sender, wait_until

ELSEWHERE = Holder(run="b", host="elsewhere", process=1)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestServer]:
    """A server of the test's own, whose leases end soon."""
    with running_server(tmp_path / "s") as running:
        quick_leases(running, monkeypatch)
        yield running


def held(worker: RunningPipeline) -> int:
    seconds = worker.reporter.seconds
    return int(seconds[-1]["held"]) if seconds else 0


def test_a_camera_becomes_a_tile_and_its_end_an_alert(server: TestServer) -> None:
    sending = small_sender(max_frames=30)
    with run_sender(sending) as sender, run_relay(server, f"front={sender.address()}") as relay:
        sender.join()
        wait_until(lambda: told(relay, "said goodbye"))
        with run_worker(server.url) as worker:

            async def run(connection: FabricConnection) -> None:
                tile = (await next_tiles(connection, {"front"}))["front"]
                assert tile.time_us > 0 and [alert.kind for alert in tile.alerts] == ["offline"]
                assert "goodbye" in tile.alerts[0].detail
                assert 0 <= tile.alerts[0].since_us - tile.time_us < 2_000_000, "since its last picture"
                event = await StreamReader(connection, "front").last(alert_subject("front"))
                assert event is not None
                said = json.loads(event.data)
                assert (said["stream"], said["event"], said["state"]) == ("front", "link", "end")

            server.ask(run)
            wait_until(lambda: held(worker) == 1)
    assert worker.error is None
    summary = worker.reporter.summaries[0]
    assert summary["decoded"] >= 1 and summary["tiles"] >= 1 and summary["damaged"] == 0


def test_workers_share_and_the_other_goes_on_where_one_ends(server: TestServer) -> None:
    names = {f"c{number}" for number in range(4)}
    for name in names:
        record_camera(server, name)
    with run_worker(server.url) as first:
        wait_until(lambda: held(first) == 4)
        with run_worker(server.url) as second:
            wait_until(lambda: (held(first), held(second)) == (2, 2))
            assert second.reporter.seconds[-1]["workers"] == 2
            server.ask(lambda connection: next_tiles(connection, names))
        wait_until(lambda: held(first) == 4)
    assert first.error is None and second.error is None


def test_what_a_worker_that_died_held_is_taken_over(server: TestServer) -> None:
    record_camera(server, "front")

    async def hold(connection: FabricConnection) -> None:
        assert await Lease("front", ELSEWHERE, fleet_lease_subject("front")).renew(connection)
        await connection.client.publish(worker_subject(ELSEWHERE.run), write_holder(ELSEWHERE))
        await connection.client.flush()

    server.ask(hold)
    with run_worker(server.url) as worker:
        wait_until(lambda: bool(worker.reporter.seconds))
        server.ask(lambda connection: next_tiles(connection, {"front"}))
    assert worker.error is None


def test_damaged_records_cost_a_line(server: TestServer) -> None:
    record_camera(server, "front")
    with run_worker(server.url) as worker:

        async def run(connection: FabricConnection) -> None:
            await next_tiles(connection, {"front"})
            for _ in range(3):
                await connection.client.publish(frame_subject("front"), b"no record")
            await connection.client.flush()

        server.ask(run)
        wait_until(lambda: told(worker, "front: a damaged record was left out"))
        lines = [line for line in worker.reporter.notices if "damaged" in line]
    assert len(lines) == 1


def test_a_server_that_is_away_is_waited_for(server: TestServer) -> None:
    record_camera(server, "front")
    server.stop()
    with run_worker(server.url) as worker:
        wait_until(lambda: told(worker, "no server runs there (still trying)"))
        server.start()
        server.ask(lambda connection: next_tiles(connection, {"front"}))
        server.kill()
        wait_until(lambda: told(worker, "the connection is gone"))
        server.start()
        server.ask(lambda connection: next_tiles(connection, {"front"}))
    assert worker.error is None
