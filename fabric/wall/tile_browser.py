"""One browser that shows the wall: the tiles that it has in view, a batch of them at a time."""

from __future__ import annotations

import asyncio
import contextlib
import time

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from narrowcast.fabric.wall.tile_store import TileStore
from narrowcast.fabric.wall.wall_messages import (
    Visible,
    WallMessageError,
    list_text,
    note_text,
    pack_tiles,
    parse_wall_message,
    states_text,
)

ROUND_S = 0.25
"Between two batches: tiles change once a second each, at different moments."
_ALIVE_S = 2.0
_ALIVE = '{"kind": "alive"}'
_GOING_AWAY, _POLICY_VIOLATION = 1001, 1008


class TileBrowser:
    """One batch at a time is on its way: a slow browser sees fewer pictures, never older ones."""

    def __init__(self, socket: WebSocket, store: TileStore, closing: asyncio.Event) -> None:
        self._socket, self._store, self._closing = socket, store, closing
        self._changed = asyncio.Event()
        self._visible: frozenset[int] = frozenset()
        self._pictures: dict[int, int] = {}
        self._listed, self._states, self._note = -1, 0, ""
        self._batch = self._drawn = 0
        self._told_s = 0.0

    async def serve(self) -> None:
        """Run until the browser leaves or sends what it should not, or the wall ends."""
        await self._socket.accept()
        self._store.subscribe(self._changed)
        listening = asyncio.create_task(self._listen())
        try:
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                while not listening.done() and not self._closing.is_set():
                    await self._send_texts()
                    await self._send_tiles()
                    await asyncio.sleep(ROUND_S)
                    with contextlib.suppress(asyncio.TimeoutError):
                        await asyncio.wait_for(self._changed.wait(), _ALIVE_S)
                    self._changed.clear()
                await self._close(_GOING_AWAY, "the wall has ended")
        finally:
            self._store.unsubscribe(self._changed)
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _send_texts(self) -> None:
        store, texts = self._store, []
        calendar_us = time.time_ns() // 1000
        if store.list_version != self._listed:
            self._listed = store.list_version
            texts.append(list_text(store.cameras.values()))
        version = store.version
        states = store.states_since(self._states)
        self._states = version
        if states:
            texts.append(states_text(states, calendar_us))
        if store.note != self._note:
            self._note = store.note
            texts.append(note_text(store.note))
        if not texts and time.monotonic() - self._told_s > _ALIVE_S:
            texts.append(_ALIVE)
        for text in texts:
            self._told_s = time.monotonic()
            await self._socket.send_text(text)

    async def _send_tiles(self) -> None:
        if self._drawn != self._batch:
            return
        new = [
            camera
            for camera in self._store.pictures_since(0, self._visible)
            if camera.picture_version > self._pictures.get(camera.number, 0)
        ]
        if not new:
            return
        self._batch += 1
        for camera in new:
            self._pictures[camera.number] = camera.picture_version
        await self._socket.send_bytes(pack_tiles(self._batch, new, time.time_ns() // 1000))

    async def _listen(self) -> None:
        try:
            while True:
                message = parse_wall_message(await self._socket.receive_text())
                if isinstance(message, Visible):
                    # What went out of view shows its newest picture when it comes back, not the one it had.
                    gone = self._visible - message.numbers
                    self._pictures = {
                        number: version for number, version in self._pictures.items() if number not in gone
                    }
                    self._visible = message.numbers
                else:
                    self._drawn = message.number
                self._changed.set()
        except WallMessageError as error:
            await self._close(_POLICY_VIOLATION, str(error))
        except KeyError:
            await self._close(_POLICY_VIOLATION, "needed text")  # bytes, where our page sends only text
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self._changed.set()

    async def _close(self, code: int, reason: str) -> None:
        if self._socket.application_state is WebSocketState.CONNECTED:
            with contextlib.suppress(RuntimeError):
                await self._socket.close(code, reason)
