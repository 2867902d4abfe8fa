"""Publishes frames over one connection, and tells what became of each."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass

import nats.errors
from nats.aio.msg import Msg

from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.relay.ring import WaitingFrame
from narrowcast.text import printable

MAX_UNSENT_BYTES = 64 * 1024 * 1024
"In the client's own buffer; beyond it, frames wait in their rings."


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the server made of a frame."""

    camera: int
    "number of the camera at this relay"
    number: int
    "of the frame, as its WaitingFrame has it"
    refusal: str
    "why it was not recorded; empty where it was"


class Publisher:
    """One connection's worth of publishing; it ends with the connection."""

    def __init__(self, connection: FabricConnection, on_answer: Callable[[Answer], None]) -> None:
        """Publish over a connection; `on_answer` is told of every frame that the server has answered for."""
        self._connection = connection
        self._client = connection.client
        self._on_answer = on_answer
        self._waiting: asyncio.Queue[tuple[int, WaitingFrame] | tuple[str, bytes]] = asyncio.Queue()
        self._inbox = self._client.new_inbox()

    async def run(self) -> None:
        """Publish until the connection is over."""
        await self._client.subscribe(f"{self._inbox}.*.*", cb=self._answered, pending_msgs_limit=0)
        while not self._connection.closed.is_set():
            item = await self._waiting.get()
            try:
                await self._publish(item)
            except nats.errors.ConnectionClosedError:
                return
            except nats.errors.MaxPayloadError:
                self._refuse_large(item)

    def send(self, camera: int, entry: WaitingFrame) -> None:
        """Publish a frame of a camera."""
        self._waiting.put_nowait((camera, entry))

    def say(self, subject: str, data: bytes) -> None:
        """Publish what need not be acknowledged."""
        self._waiting.put_nowait((subject, data))

    async def _publish(self, item: tuple[int, WaitingFrame] | tuple[str, bytes]) -> None:
        first, second = item
        if isinstance(second, bytes):
            await self._client.publish(str(first), second)
        elif not second.lost:
            await self._client.publish(
                second.subject,
                second.data,
                reply=f"{self._inbox}.{first}.{second.number}",
                headers={"Nats-Msg-Id": second.message_id},
            )

    def _refuse_large(self, item: tuple[int, WaitingFrame] | tuple[str, bytes]) -> None:
        camera, entry = item
        if isinstance(entry, WaitingFrame):
            refusal = (
                f"a frame of {len(entry.data)} bytes is longer than the server takes: raise max_payload "
                f"({self._connection.max_payload}) in its configuration, or send smaller pictures"
            )
            self._on_answer(Answer(camera=int(camera), number=entry.number, refusal=refusal))

    async def _answered(self, message: Msg) -> None:
        _, camera, number = message.subject.rsplit(".", 2)
        refusal = ""
        if b'"error"' in message.data or not message.data:
            refusal = _refusal(message)
        self._on_answer(Answer(camera=int(camera), number=int(number), refusal=refusal))


def _refusal(message: Msg) -> str:
    """Why a frame was not recorded."""
    if not message.data:
        return "the server does not record this camera (it has no stream, or its disk is full)"
    try:
        error = json.loads(message.data)["error"]
        return f"the server does not record it: {printable(str(error['description']), 200)}"
    except (ValueError, KeyError, TypeError):
        return "the server's answer cannot be read"
