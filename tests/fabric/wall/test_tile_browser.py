"""One browser of the wall, with a socket that is made up; test_wall.py has a real one."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from starlette.websockets import WebSocketState

from narrowcast.fabric.wall import tile_browser
from narrowcast.fabric.wall.tile_browser import TileBrowser
from narrowcast.fabric.wall.tile_store import TileStore
from narrowcast.fabric.wall.wall_messages import BATCH
from tests.fabric.fleet.test_follow import until
from tests.fabric.wall.wall_samples import tile


class FakeSocket:
    """Takes what is sent; `says` is what the browser sends."""

    application_state = WebSocketState.CONNECTED

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.says: asyncio.Queue[str] = asyncio.Queue()
        self.closed = 0

    async def accept(self) -> None:
        """Open."""

    async def send_text(self, text: str) -> None:
        """Take a text."""
        self.sent.append(json.loads(text))

    async def send_bytes(self, data: bytes) -> None:
        """Take a batch."""
        self.sent.append(BATCH.unpack_from(data)[0])

    async def receive_text(self) -> str:
        """What the browser says."""
        return await self.says.get()

    async def close(self, code: int, reason: str) -> None:
        """The end."""
        self.closed = code


def test_a_slow_browser_gets_the_newest_picture_and_no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tile_browser, "ROUND_S", 0.001)

    async def run() -> None:
        store, closing = TileStore(), asyncio.Event()
        store.known(["front"])
        socket: Any = FakeSocket()
        serving = asyncio.create_task(TileBrowser(socket, store, closing).serve())
        await socket.says.put('{"visible": [0]}')
        store.take("front", tile(1), 0)
        await until(lambda: 1 in socket.sent)
        for number in range(5):
            store.take("front", tile(2 + number, time_us=number + 2), 0)
            await asyncio.sleep(0.005)
        assert [each for each in socket.sent if isinstance(each, int)] == [1], "the first is not drawn yet"
        await socket.says.put('{"drawn": 1}')
        await until(lambda: 2 in socket.sent)
        closing.set()
        store.wake()
        await asyncio.wait_for(serving, 10)
        assert socket.closed == 1001 and store.browsers == 0

    asyncio.run(run())


def test_a_browser_that_sends_what_ours_does_not_is_cut() -> None:
    async def run() -> None:
        socket: Any = FakeSocket()
        await socket.says.put("nonsense")
        serving = asyncio.create_task(TileBrowser(socket, TileStore(), asyncio.Event()).serve())
        await until(lambda: socket.closed == 1008)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)

    asyncio.run(run())
