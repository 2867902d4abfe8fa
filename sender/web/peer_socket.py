"""One browser that decodes: its WebSocket carries the protocol's messages between it and the session."""

from __future__ import annotations

import asyncio
import contextlib

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from narrowcast.protocol import WebSocketPeers

TRY_AGAIN_LATER = 1013
POLICY_VIOLATION = 1008
GOING_AWAY = 1001

_READ_AGAIN_S = 0.01
"The session reads all the time; a peer that sends faster than it reads waits, and so does its TCP."

FULL = "as many browsers watch as are allowed: try again later"

STUCK_S = 1.0
"What a browser that is cut may take to read the reason."

_MAX_REASON_BYTES = 120
"A close frame holds 123."


async def serve_peer(socket: WebSocket, peers: WebSocketPeers) -> None:
    """Carry messages until the browser leaves, sends text, or the session cuts it."""
    await socket.accept()
    loop = asyncio.get_running_loop()
    changed, cut = asyncio.Event(), asyncio.Event()

    def look() -> None:
        changed.set()
        if peers.ended or (connection is not None and peers.cut_reason(connection) is not None):
            cut.set()

    client = socket.client
    connection = peers.open(client.host if client else "", lambda: loop.call_soon_threadsafe(look))
    if connection is None:
        await close_socket(socket, TRY_AGAIN_LATER, FULL)
        return
    reading = loop.create_task(_read(socket, peers, connection, changed))
    writing = loop.create_task(_write(socket, peers, connection, changed, reading))
    ending = loop.create_task(_cut_patiently(cut))
    try:
        await asyncio.wait([writing, ending], return_when=asyncio.FIRST_COMPLETED)
    finally:
        peers.closed(connection)
        for task in (reading, writing, ending):
            task.cancel()
        await asyncio.gather(reading, writing, ending, return_exceptions=True)


async def _cut_patiently(cut: asyncio.Event) -> None:
    """End a while after the session has cut the browser: one that reads nothing would hold us for ever."""
    await cut.wait()
    await asyncio.sleep(STUCK_S)


async def close_socket(socket: WebSocket, code: int, reason: str) -> None:
    """Close a WebSocket with one line for the person at the browser."""
    if socket.application_state is WebSocketState.CONNECTED:
        shown = reason.encode()[:_MAX_REASON_BYTES].decode("utf-8", "ignore")
        with contextlib.suppress(RuntimeError, OSError):
            await socket.close(code, shown)


async def _write(
    socket: WebSocket,
    peers: WebSocketPeers,
    connection: int,
    changed: asyncio.Event,
    reading: asyncio.Task[None],
) -> None:
    while True:
        await changed.wait()
        changed.clear()
        for message in peers.outgoing(connection):
            await socket.send_bytes(message)
        reason = peers.cut_reason(connection)
        if reason is not None:
            await close_socket(socket, POLICY_VIOLATION, reason)
        elif peers.ended:
            await close_socket(socket, GOING_AWAY, "the sender has ended")
        if reason is not None or peers.ended:
            return
        if reading.done():
            return


async def _read(socket: WebSocket, peers: WebSocketPeers, connection: int, changed: asyncio.Event) -> None:
    try:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            data = message.get("bytes")
            if data is None:
                await close_socket(socket, POLICY_VIOLATION, "needed binary messages, got text")
                return
            while not peers.received(connection, data):
                await asyncio.sleep(_READ_AGAIN_S)
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        changed.set()
