"""One browser: texts as they are published, the newest picture when it has drawn the one before."""

from __future__ import annotations

import asyncio
import contextlib

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from narrowcast.receiver.stream_choice import StreamChoice
from narrowcast.receiver.web.browser_messages import BrowserMessageError, Button, parse_browser_message
from narrowcast.receiver.web.hub import StreamHub
from narrowcast.receiver.web.jpeg_messages import JpegMessages

_GOING_AWAY = 1001
_POLICY_VIOLATION = 1008

_ALIVE_S = 2.0
"Longest time without a text: the page takes a socket that is silent for longer as dead."
_ALIVE = '{"kind": "alive"}'


class Browser:
    """One picture at a time is on its way: a slow browser sees fewer, never older ones."""

    def __init__(
        self, socket: WebSocket, hub: StreamHub, pictures: JpegMessages, *, tile: bool = False
    ) -> None:
        self._socket = socket
        self._hub = hub
        self._pictures = pictures
        self._tile = tile
        self._changed = asyncio.Event()
        self._version = 0
        self._sent = 0
        self._drawn = 0

    async def serve(self) -> None:
        """Run until the browser leaves or sends what it should not, or the receiver ends."""
        await self._socket.accept()
        self._hub.subscribe(self._changed, tile=self._tile)
        listening = asyncio.create_task(self._listen())
        try:
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await self._send_updates(listening)
        finally:
            self._hub.unsubscribe(self._changed)
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _send_updates(self, listening: asyncio.Task[None]) -> None:
        while not listening.done():
            await self._wait_for_change()
            if self._hub.closed:
                await self._close(_GOING_AWAY, "the receiver has ended")
                return
            updates = self._hub.updates(self._version)
            self._version = updates.version
            for text in updates.texts:
                await self._socket.send_text(text)
            await self._send_picture()

    async def _wait_for_change(self) -> None:
        try:
            await asyncio.wait_for(self._changed.wait(), _ALIVE_S)
        except asyncio.TimeoutError:  # its name in Python 3.10
            await self._socket.send_text(_ALIVE)
        self._changed.clear()

    async def _send_picture(self) -> None:
        picture = self._hub.picture
        if picture is None or picture.number == self._sent or self._drawn != self._sent:
            return
        message = await self._pictures.message(picture)
        self._sent = picture.number
        await self._socket.send_bytes(message)

    async def _listen(self) -> None:
        try:
            while True:
                message = parse_browser_message(await self._socket.receive_text())
                if isinstance(message, Button):
                    self._hub.press(message)
                elif isinstance(message, StreamChoice):
                    self._hub.wish(message)
                elif message.number == self._sent:
                    self._drawn = message.number
                    self._changed.set()
        except BrowserMessageError as error:
            await self._close(_POLICY_VIOLATION, str(error))
        except KeyError:
            # Bytes, where our page sends only text.
            await self._close(_POLICY_VIOLATION, "needed text")
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self._changed.set()

    async def _close(self, code: int, reason: str) -> None:
        if self._socket.application_state is WebSocketState.CONNECTED:
            with contextlib.suppress(RuntimeError):
                await self._socket.close(code, reason)
