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

_MAX_REASON_BYTES = 120
"A close frame holds 123."


async def serve_peer(socket: WebSocket, peers: WebSocketPeers) -> None:
    """Carry messages until the browser leaves, sends text, or the session cuts it."""
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()
    client = socket.client
    connection = peers.open(client.host if client else "", lambda: loop.call_soon_threadsafe(changed.set))
    if connection is None:
        await socket.close(TRY_AGAIN_LATER, "as many are connected as are allowed: try again later")
        return
    await socket.accept()
    reading = asyncio.create_task(_read(socket, peers, connection, changed))
    try:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError, OSError):
            await _write(socket, peers, connection, changed, reading)
    finally:
        peers.closed(connection)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


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
