"""A real decode process with cameras: tiles are told, and a process that dies costs a second."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from narrowcast.fabric.fleet import tile_loop
from narrowcast.fabric.fleet.camera import FleetCamera, FleetCounts
from narrowcast.fabric.fleet.tile_loop import TileLoop
from narrowcast.fabric.records import unpack_message
from narrowcast.fabric.tasks import end_tasks
from narrowcast.fabric.tile import CameraTile
from narrowcast.receiver.events.event import Event
from narrowcast.runtime.clock import now_us
from tests.fabric.fleet.fleets import picture_messages
from tests.fabric.fleet.test_follow import until


def camera(name: str, slot: int, told: list[str]) -> FleetCamera:
    made = FleetCamera(name, slot, FleetCounts(), told.append, now_us())
    feed(made)
    return made


def feed(made: FleetCamera) -> None:
    for data in picture_messages(2):
        made.came(unpack_message(data), now_us())


def test_tiles_are_told_also_after_the_process_died(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tile_loop, "RESTART_S", 0.01)
    monkeypatch.setattr(tile_loop, "TILE_US", 20_000)
    tiles: dict[str, CameraTile] = {}
    told: list[str] = []

    async def tell(name: str, tile: CameraTile, events: list[Event]) -> None:
        tiles[name] = tile

    async def run() -> None:
        loop = TileLoop(tell, told.append)
        front, yard = camera("front", 1, told), camera("yard", 2, told)
        loop.add(front)
        loop.add(yard)
        running = asyncio.create_task(loop.run())
        await until(lambda: len(tiles) == 2 and all(tile.jpeg for tile in tiles.values()))
        loop.remove("yard")
        before = loop.pid
        assert before is not None
        os.kill(before, signal.SIGKILL)
        tiles.clear()
        feed_again = FleetCamera("gate", 3, FleetCounts(), told.append, now_us())
        feed(feed_again)
        loop.add(feed_again)
        await until(lambda: any("ended by signal 9" in line or "did not answer" in line for line in told))
        fresh = FleetCamera("door", 4, FleetCounts(), told.append, now_us())
        feed(fresh)
        loop.add(fresh)
        await until(lambda: "door" in tiles and bool(tiles["door"].jpeg) and loop.pid not in (None, before))
        assert "yard" not in tiles
        await end_tasks(running)

    asyncio.run(run())
