"""The players of a stream: their sessions by name, no more than so many, and what is coded for them."""

from __future__ import annotations

import asyncio
import secrets
from importlib import import_module
from typing import TYPE_CHECKING

from narrowcast.receiver.whep.broadcast import Broadcast, PictureSource
from narrowcast.receiver.whep.encoder import WebRtcCodec

if TYPE_CHECKING:
    from narrowcast.receiver.whep.session import WhepSession

MAX_PLAYERS = 8
"Of one stream; one more is refused."

_SESSION = "narrowcast.receiver.whep.session"
"Loaded with the first offer: aiortc is an extra."


class WhepPlayers:
    """The players of one stream; belongs to the server's event loop."""

    def __init__(self, source: PictureSource) -> None:
        self._source = source
        self._sessions: dict[str, WhepSession] = {}
        self._broadcasts: dict[WebRtcCodec, Broadcast] = {}
        self._opening = 0
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def full(self) -> bool:
        """Whether as many watch, or are about to, as may."""
        return len(self._sessions) + self._opening >= MAX_PLAYERS

    async def begin(self, offer: str) -> tuple[str, str]:
        """Begin a session; returns its name and the SDP that answers. OfferError, ImportError."""
        self._opening += 1
        try:
            module = await asyncio.to_thread(import_module, _SESSION)
            name = secrets.token_urlsafe(16)
            session: WhepSession = module.WhepSession(self._broadcast_for, lambda: self._ended(name))
            try:
                answer = await session.answer(offer)
            except BaseException:
                await session.close()
                raise
            self._sessions[name] = session
            return name, answer
        finally:
            self._opening -= 1

    async def end(self, name: str) -> bool:
        """End a session; False where there is none of that name."""
        session = self._sessions.pop(name, None)
        if session is not None:
            await session.close()
        return session is not None

    async def close(self) -> None:
        """End all sessions."""
        await asyncio.gather(*[self.end(name) for name in list(self._sessions)], *self._ending)

    def _ended(self, name: str) -> None:
        task = asyncio.ensure_future(self._end(name))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _end(self, name: str) -> None:
        await self.end(name)

    def _broadcast_for(self, codec: WebRtcCodec) -> Broadcast:
        if codec not in self._broadcasts:
            self._broadcasts[codec] = Broadcast(self._source, codec)
        return self._broadcasts[codec]
