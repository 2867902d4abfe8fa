"""One browser: news as they come, and the newest picture whenever it has drawn the one before."""

from __future__ import annotations

import asyncio
import contextlib

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from receiver.web.board import Board
from receiver.web.browser_messages import BrowserMessageError, Drawn, parse_browser_message
from receiver.web.picture_coder import PictureCoder

_GOING_AWAY = 1001
_POLICY_VIOLATION = 1008

_ALIVE_S = 2.0
"With no news for so long the page is told that we live: it takes a socket that is silent for longer as dead."
_ALIVE = '{"kind": "alive"}'


class Browser:
    """One picture at a time is on its way: a slow browser sees fewer, never older ones."""

    def __init__(self, socket: WebSocket, board: Board, coder: PictureCoder, *, tile: bool = False) -> None:
        self._socket = socket
        self._board = board
        self._coder = coder
        self._tile = tile
        self._news = asyncio.Event()
        self._version = 0
        self._sent = 0
        self._drawn = 0

    async def serve(self) -> None:
        """Run until the browser leaves, talks nonsense, or the receiver ends."""
        await self._socket.accept()
        self._board.join(self._news, tile=self._tile)
        listening = asyncio.create_task(self._listen())
        try:
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await self._tell(listening)
        finally:
            self._board.leave(self._news)
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _tell(self, listening: asyncio.Task[None]) -> None:
        while not listening.done():
            await self._wait_for_news()
            if self._board.closed:
                await self._close(_GOING_AWAY, "the receiver has ended")
                return
            news = self._board.news(self._version)
            self._version = news.version
            for text in news.texts:
                await self._socket.send_text(text)
            await self._send_picture()

    async def _wait_for_news(self) -> None:
        try:
            await asyncio.wait_for(self._news.wait(), _ALIVE_S)
        except asyncio.TimeoutError:  # its name in Python 3.10
            await self._socket.send_text(_ALIVE)
        self._news.clear()

    async def _send_picture(self) -> None:
        picture = self._board.picture
        if picture is None or picture.number == self._sent or self._drawn != self._sent:
            return
        message = await self._coder.message(picture)
        self._sent = picture.number
        await self._socket.send_bytes(message)

    async def _listen(self) -> None:
        try:
            while True:
                message = parse_browser_message(await self._socket.receive_text())
                if not isinstance(message, Drawn):
                    self._board.press(message)
                elif message.number == self._sent:
                    self._drawn = message.number
                    self._news.set()
        except BrowserMessageError as error:
            await self._close(_POLICY_VIOLATION, str(error))
        except KeyError:
            # Bytes, where our page sends only text.
            await self._close(_POLICY_VIOLATION, "needed text")
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self._news.set()

    async def _close(self, code: int, reason: str) -> None:
        if self._socket.application_state is WebSocketState.CONNECTED:
            with contextlib.suppress(RuntimeError):
                await self._socket.close(code, reason)
