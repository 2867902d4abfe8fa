"""A bad network without root: a TCP proxy that adds delay, jitter, a rate, freezes and cuts."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Coroutine
from contextlib import suppress
from random import Random
from types import TracebackType

from narrowcast.benchmark.errors import LinkError
from narrowcast.benchmark.network.proxy_pipe import Lane, ProxyPipe, ProxyShape
from narrowcast.worker import Worker

__all__ = ["ProxyShape", "TcpProxy"]

BUFFER_BYTES = 4096
"""Size of the proxy's socket buffers: what the kernel holds there comes on top of the shape's queue."""
BACKLOG = 64
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER of no time: closing breaks the connection instead of ending it."""
_CALL_TIMEOUT_S = 5.0


class TcpProxy:
    """Listens while entered and passes every connection on to the target. All methods are thread-safe.

    It can fail in two ways: `freeze` keeps every socket open and passes nothing, `cut` breaks every
    connection and refuses new ones.
    """

    def __init__(
        self,
        target: tuple[str, int],
        shape: ProxyShape | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int = 0,
    ) -> None:
        self.port = port
        "where it listens; chosen by the system when entered, if it was 0"
        random = Random(seed)
        self.forward = Lane(shape or ProxyShape(), random)
        "from those who connect to the target"
        self.back = Lane(shape or ProxyShape(), random)
        "from the target to those who connected"
        self._target, self._host = target, host
        self._loop = asyncio.new_event_loop()
        self._worker = Worker("proxy", self._loop.run_forever)
        self._listener: socket.socket | None = None
        self._flowing = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where to connect instead of to the target."""
        return f"tcp://{self._host}:{self.port}"

    @property
    def connections(self) -> int:
        """How many are open now."""
        return len(self._connections)

    def shape(self, shape: ProxyShape) -> None:
        """Change both directions from now on."""
        self.forward.shape = self.back.shape = shape

    def freeze(self) -> None:
        """Pass nothing until `thaw`, with every socket open; new connections are accepted and wait."""
        self._call(self._set_flowing(False))

    def thaw(self) -> None:
        """Pass bytes again, those that have waited first."""
        self._call(self._set_flowing(True))

    def cut(self) -> None:
        """Break every connection and refuse new ones, until `mend`."""
        self._call(self._close())

    def mend(self) -> None:
        """Listen again, on the same port."""
        self._call(self._open())

    def __enter__(self) -> TcpProxy:
        self._worker.start()
        try:
            self.thaw()
            self.mend()
        except OSError as error:
            self._end()
            raise LinkError(f"the proxy cannot listen on {self.url}: {error.strerror}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        self._end()

    def _call(self, work: Coroutine[None, None, None]) -> None:
        """Run a coroutine in the proxy's thread, and wait for its end."""
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_CALL_TIMEOUT_S)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._worker.close(_CALL_TIMEOUT_S)
        self._loop.close()

    async def _set_flowing(self, flowing: bool) -> None:
        if flowing:
            self._flowing.set()
        else:
            self._flowing.clear()

    async def _open(self) -> None:
        if self._listener is not None:
            return
        listener = _make_socket()
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self._host, self.port))
            listener.listen(BACKLOG)
        except OSError:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        self._listener = listener
        self._start(self._accept(listener))

    async def _close(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _accept(self, listener: socket.socket) -> None:
        while True:
            client, _ = await self._loop.sock_accept(listener)
            task = self._start(self._serve(client))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

    async def _serve(self, client: socket.socket) -> None:
        """Carry one connection to its end."""
        with client, _make_socket() as target:
            try:
                client.setblocking(False)
                await self._loop.sock_connect(target, self._target)
                await self._carry(client, target)
            except asyncio.CancelledError:
                for end in (client, target):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
                raise
            except OSError:
                pass  # one side has gone or was never there; the other sees its connection end

    async def _carry(self, client: socket.socket, target: socket.socket) -> None:
        for end in (client, target):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        there = ProxyPipe(client, target, self.forward, self._flowing)
        back = ProxyPipe(target, client, self.back, self._flowing)
        parts = [
            self._loop.create_task(part) for pipe in (there, back) for part in (pipe.read(), pipe.write())
        ]
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for part in parts:
                part.cancel()
            ended = await asyncio.gather(*parts, return_exceptions=True)
        for result in ended:
            if isinstance(result, Exception):
                raise result


def _make_socket() -> socket.socket:
    """A socket with small buffers; those that it accepts have them too."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setblocking(False)
    with suppress(OSError):
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    return made
