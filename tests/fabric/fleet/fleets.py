"""Workers and cameras for tests: real ones, of small pictures."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from narrowcast import codec
from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.fleet import holdings
from narrowcast.fabric.fleet.config import FleetConfig
from narrowcast.fabric.fleet.worker import FleetWorker
from narrowcast.fabric.names import FLEET, tile_subject
from narrowcast.fabric.records import MessageWriter
from narrowcast.fabric.stream import ensure_leases
from narrowcast.fabric.tile import CameraTile, unpack_tile
from narrowcast.runtime.signals import StopSignal
from tests.codec.picture_samples import camera_like
from tests.fabric.fabric_samples import frames, record
from tests.fabric.fabric_servers import TestServer
from tests.pipelines import RunningPipeline
from tests.reporters import RememberingReporter

LEASE_S = 1.0
"Of tests: nobody waits six seconds for a worker that ended."


def quick_leases(server: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases that end soon."""
    monkeypatch.setattr(holdings, "FLEET_LEASE_S", LEASE_S)
    monkeypatch.setattr(holdings, "RENEW_S", LEASE_S / 4)
    monkeypatch.setattr(holdings, "LISTEN_S", LEASE_S / 3)

    async def make(connection: FabricConnection) -> None:
        await ensure_leases(connection, FLEET, LEASE_S)

    server.ask(make)


def run_worker(url: str, *cameras: str) -> RunningPipeline:
    """Start a worker with one decode process."""
    reporter, stop = RememberingReporter(), StopSignal()
    worker = FleetWorker(FleetConfig(fabric=url, camera=cameras, processes=1), reporter, stop)
    return RunningPipeline(worker, reporter, stop)


def picture_messages(
    count: int = 3, *, age_s: float = 0.0, writer: MessageWriter | None = None
) -> list[bytes]:
    """The messages of a camera that sends JPEG of 64x64, taken just now or some time ago."""
    encoder = codec.create_encoder("jpeg", width=64, height=64)
    payload = encoder.encode(camera_like(64, 64, seed=1)).payload
    writer = writer or MessageWriter()
    now_us = time.time_ns() // 1000 - round(1e6 * age_s)
    made = [replace(frame, payload=payload) for frame in frames(count)]
    packed = (writer.pack(frame, "", now_us + 1000 * number) for number, frame in enumerate(made))
    return [data for data in packed if data is not None]


def record_camera(server: TestServer, name: str, *, age_s: float = 0.0) -> None:
    """A camera whose relay is away, with some frames recorded."""

    async def run(connection: FabricConnection) -> None:
        await record(connection, name, picture_messages(age_s=age_s))

    server.ask(run)


async def next_tiles(
    connection: FabricConnection, wanted: set[str], timeout_s: float = 20.0
) -> dict[str, CameraTile]:
    """Wait for a tile with a picture of each of these cameras."""
    found: dict[str, CameraTile] = {}
    subscription = await connection.client.subscribe(tile_subject("*"))
    await connection.client.flush()
    deadline_s = time.monotonic() + timeout_s
    while wanted - found.keys():
        assert time.monotonic() < deadline_s, "waited in vain"
        message = await subscription.next_msg(timeout=timeout_s)
        tile = unpack_tile(message.data)
        if tile.jpeg:
            found[message.subject.rpartition(".")[2]] = tile
    await subscription.unsubscribe()
    return found
