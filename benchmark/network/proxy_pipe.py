"""One direction of a connection through the proxy: chunks are read, delayed by the lane, and written."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from random import Random

from narrowcast.benchmark.errors import LinkError

CHUNK_BYTES = 1448
"""What a TCP segment carries: a rate passes packets, not whole messages."""
MAX_HELD_BYTES = 1 << 20
"""Read and not yet delivered, in one direction of one connection: bounds the memory where nobody reads."""


@dataclass(frozen=True, kw_only=True)
class ProxyShape:
    """What each direction of the proxy does to the bytes that pass."""

    delay_ms: float = 0.0
    "each way"
    jitter_ms: float = 0.0
    "up to so much more, drawn for each chunk; the order is kept, as TCP keeps it"
    kbps: float = 0.0
    "each way, all connections together; 0 for no limit"
    queue_bytes: int = 16 * 1024
    "what may wait for the rate; more holds the sender up"

    def __post_init__(self) -> None:
        for name in ("delay_ms", "jitter_ms", "kbps"):
            value = getattr(self, name)
            if not 0 <= value < float("inf"):
                raise LinkError(f"{name} of the proxy is {value:g}; it has to be 0 or more")
        if self.queue_bytes < 1:
            raise LinkError(f"queue_bytes of the proxy is {self.queue_bytes}; it has to be 1 or more")


class Lane:
    """One direction, shared by all connections: what waits for the rate, and when a chunk has passed."""

    def __init__(self, shape: ProxyShape, random: Random) -> None:
        self.shape = shape
        "may be replaced at any time"
        self.passed_bytes = 0
        "delivered so far, without TCP/IP headers"
        self._random = random
        self._free_s = 0.0
        self._arrival_s = 0.0

    def pause_s(self, now_s: float) -> float:
        """How long to wait until the queue takes another chunk."""
        shape = self.shape
        if not shape.kbps:
            return 0.0
        return max(0.0, self._free_s - now_s - 8 * shape.queue_bytes / (1000 * shape.kbps))

    def arrival_s(self, chunk_bytes: int, now_s: float) -> float:
        """Take a chunk, and say when it arrives: the rate first, then delay and jitter."""
        shape = self.shape
        self._free_s = max(now_s, self._free_s) if shape.kbps else now_s
        if shape.kbps:
            self._free_s += 8 * chunk_bytes / (1000 * shape.kbps)
        delay_s = (shape.delay_ms + self._random.random() * shape.jitter_ms) / 1000
        self._arrival_s = max(self._arrival_s, self._free_s + delay_s)
        return self._arrival_s


class ProxyPipe:
    """Carries bytes from one socket to another until the first is closed."""

    def __init__(
        self, source: socket.socket, target: socket.socket, lane: Lane, flowing: asyncio.Event
    ) -> None:
        self._source, self._target = source, target
        self._lane, self._flowing = lane, flowing
        self._held: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(MAX_HELD_BYTES // CHUNK_BYTES)

    async def read(self) -> None:
        """Read chunks as fast as the lane's queue allows; an empty one is the end."""
        loop = asyncio.get_running_loop()
        chunk = b"more"
        while chunk:
            await self._flowing.wait()
            pause_s = self._lane.pause_s(loop.time())
            if pause_s > 0:
                await asyncio.sleep(pause_s)
                continue
            chunk = await loop.sock_recv(self._source, CHUNK_BYTES)
            await self._held.put((self._lane.arrival_s(len(chunk), loop.time()), chunk))

    async def write(self) -> None:
        """Deliver chunks when they are due."""
        loop = asyncio.get_running_loop()
        while True:
            arrival_s, chunk = await self._held.get()
            await asyncio.sleep(max(0.0, arrival_s - loop.time()))
            await self._flowing.wait()
            if not chunk:
                self._target.shutdown(socket.SHUT_WR)
                return
            await loop.sock_sendall(self._target, chunk)
            self._lane.passed_bytes += len(chunk)
