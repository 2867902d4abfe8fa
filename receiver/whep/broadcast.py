"""One stream in one codec for several players: coded once, and not at all while nobody watches."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING

import av

from narrowcast.receiver.drawn_picture import DrawnPicture
from narrowcast.receiver.whep.encoder import WebRtcCodec, WebRtcEncoder
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.web.limited_server import log_line

KEYFRAME_PAUSE_US = 500_000
"Between two keyframes that players asked for: one that loses much must not take the others' rate."

MAX_WAITING = 8
"Packets of a player that takes none; beyond them it is sent nothing before the next keyframe."

PictureSource = Callable[[], AsyncGenerator[DrawnPicture, None]]
"Begins to give what is shown, each time the newest; closing it ends that."

if TYPE_CHECKING:
    VideoPacket = av.Packet[av.VideoStream]


class PacketQueue:
    """The packets of one player; belongs to the server's event loop."""

    def __init__(self) -> None:
        self._packets: deque[VideoPacket] = deque()
        self._changed = asyncio.Event()
        self._needs_keyframe = True

    @property
    def needs_keyframe(self) -> bool:
        """Whether nothing is put in before the next keyframe."""
        return self._needs_keyframe

    def put(self, packet: VideoPacket) -> None:
        """Add a packet that can be decoded after those before it."""
        if len(self._packets) >= MAX_WAITING:
            self._packets.clear()
            self._needs_keyframe = True
        if packet.is_keyframe:
            self._needs_keyframe = False
        if not self._needs_keyframe:
            self._packets.append(packet)
            self._changed.set()

    async def get(self) -> VideoPacket:
        """Wait for the next packet."""
        while not self._packets:
            self._changed.clear()
            await self._changed.wait()
        return self._packets.popleft()


class Broadcast:
    """Codes what is shown of a stream for all players of a codec; belongs to the server's event loop."""

    def __init__(self, source: PictureSource, codec: WebRtcCodec) -> None:
        self._source = source
        self._codec = codec
        self._queues: list[PacketQueue] = []
        self._task: asyncio.Task[None] | None = None
        self._keyframe_wanted = False

    @property
    def players(self) -> int:
        """How many it codes for."""
        return len(self._queues)

    def join(self) -> PacketQueue:
        """Code for one more player, for which the next picture is a keyframe."""
        queue = PacketQueue()
        self._queues.append(queue)
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return queue

    def leave(self, queue: PacketQueue) -> None:
        """Code for one player less; harmless a second time."""
        self._queues = [each for each in self._queues if each is not queue]
        if not self._queues and self._task is not None:
            self._task.cancel()
            self._task = None

    def request_keyframe(self) -> None:
        """Code a keyframe soon: a player has lost something."""
        self._keyframe_wanted = True

    async def _run(self) -> None:
        try:
            await self._code_all()
        except (av.FFmpegError, ValueError, MemoryError) as error:
            log_line("whep", "players get no more pictures as %s: %s", self._codec, error)
            self._task = None  # the next player tries again

    async def _code_all(self) -> None:
        encoder, began_us = WebRtcEncoder(self._codec), now_us()
        async with contextlib.aclosing(self._source()) as shown_ones:
            async for shown in shown_ones:
                keyframe = self._keyframe_due(encoder)
                at_us = now_us() - began_us
                packets = await asyncio.to_thread(_code, encoder, shown, at_us, keyframe)
                self._keyframe_wanted = self._keyframe_wanted and not keyframe
                for queue in self._queues:
                    for packet in packets:
                        queue.put(packet)

    def _keyframe_due(self, encoder: WebRtcEncoder) -> bool:
        wanted = self._keyframe_wanted or any(queue.needs_keyframe for queue in self._queues)
        since_us = encoder.since_keyframe_us
        return wanted and (since_us is None or since_us >= KEYFRAME_PAUSE_US)


def _code(encoder: WebRtcEncoder, shown: DrawnPicture, at_us: int, keyframe: bool) -> list[VideoPacket]:
    return encoder.code(shown.draw(), at_us, keyframe=keyframe)
