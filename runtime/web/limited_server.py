"""Uvicorn's server with limits: for connections that wait, for their number, and without descriptors left."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import ssl
import sys
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from narrowcast.runtime.clock import now_us
from narrowcast.runtime.descriptors import NO_DESCRIPTORS
from narrowcast.runtime.line_throttle import LineThrottle

STREAM_PATH = "/stream.mjpg"
"The answer that goes on as long as somebody reads it."

OFFER_PATH = "/whep"
"The only address that takes a body: an offer of WebRTC."

MAX_BODY_BYTES = 32_768
"An offer has less than ten thousand."

REQUEST_S = 10.0
"For a whole request, from the connection's start or the answer before; a browser sends it within a second."

_ANSWER_S = 300.0
"For an answer of which nothing is taken: a recording over a thin link takes hours, but it moves."

_STALLED_S = 30.0
"For the next picture of a stream to be taken by the program that asked for it."

_READ_BYTES = 4096
"At a time: a browser's request is shorter."

_PAUSE_S = 0.1
"After an accept that failed: descriptors that were just closed become free."

_NO_ROOM = (*NO_DESCRIPTORS, errno.ENOBUFS, errno.ENOMEM)

_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

_log = logging.getLogger(__name__)
_throttle = LineThrottle()


class HttpConnection(H11Protocol):
    """A connection before it becomes a WebSocket, which knows since when it waits."""

    since_s = 0.0
    "when it began, its last answer ended, or some of an answer was taken; the event loop's clock"

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note since when the connection is open."""
        self.since_s = self.loop.time()
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Read a request; one with a body that nobody wants is cut: tiny chunks take long to read."""
        for start in range(0, len(data), _READ_BYTES):
            if self.transport.is_closing() or self.transport.get_protocol() is not self:
                return
            super().data_received(data[start : start + _READ_BYTES])
            upgraded = self.transport.get_protocol() is not self  # to a WebSocket, which reads on by itself
            if not upgraded and self.conn.their_state is h11.SEND_BODY and not self._body_wanted:
                self.transport.close()

    def resume_writing(self) -> None:
        """Take note that the browser has taken some of the answer."""
        self.since_s = self.loop.time()
        super().resume_writing()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self.since_s = self.loop.time()
        super().on_response_complete()

    @property
    def _body_wanted(self) -> bool:
        """Whether the request may have a body: an offer, whose length it has told."""
        if self.scope is None or not str(self.scope["path"]).endswith(OFFER_PATH):
            return False
        length = dict(self.scope["headers"]).get(b"content-length", b"")
        return len(length) <= 5 and length.isdigit() and int(length) <= MAX_BODY_BYTES

    @property
    def answering(self) -> bool:
        """Whether a request has come whose answer has not gone out."""
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def streaming(self) -> bool:
        """Whether the answer is a stream, which has no end."""
        return self.answering and str(self.scope["path"]).endswith(STREAM_PATH)

    def overdue(self, now_s: float) -> bool:
        """Whether it has taken longer than any browser does."""
        if self.streaming:
            if not self.flow.write_paused:
                self.since_s = now_s
            return now_s - self.since_s > _STALLED_S
        return now_s - self.since_s > (_ANSWER_S if self.answering else REQUEST_S)


class LimitedServer(uvicorn.Server):
    """Holds so many connections; for one more, the one that has waited longest for its request is closed."""

    def __init__(
        self,
        config: uvicorn.Config,
        listener: socket.socket,
        *,
        max_connections: int,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Serve on a socket that listens; `config` names HttpConnection as its protocol."""
        super().__init__(config)
        self._listener = listener
        self._tls = tls
        self._handshakes: set[asyncio.Task[None]] = set()
        self._max_connections = min(max_connections, _descriptor_share())
        self._accepting: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept by ourselves: asyncio's own loop fills the log as soon as there are no descriptors left."""
        await super().startup(sockets=[])
        asyncio.get_running_loop().set_exception_handler(_log_failure)
        self._listener.setblocking(False)
        self._accepting = asyncio.create_task(self._accept())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept nothing more, and end what is connected."""
        for task in (self._accepting, *self._handshakes):
            if task is not None:
                task.cancel()
        await super().shutdown(sockets=[])

    async def on_tick(self, counter: int) -> bool:
        """Close what is overdue; uvicorn calls this ten times a second."""
        now_s = asyncio.get_running_loop().time()
        for connection in self._http_connections():
            if connection.overdue(now_s):
                connection.transport.abort()
        return await super().on_tick(counter)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while not self.should_exit:
            try:
                accepted, _ = await loop.sock_accept(self._listener)
            except OSError as error:
                if error.errno in _NO_ROOM:
                    log_line("no descriptor", "the page cannot accept a connection: %s", error.strerror)
                    self._close_longest_waiting()
                await asyncio.sleep(_PAUSE_S)
                continue
            if len(self.server_state.connections) + len(self._handshakes) >= self._max_connections:
                log_line("full", "the page has %d connections, as many as it holds", self._max_connections)
                if not self._close_longest_waiting():
                    _turn_away(accepted)
                    continue
            if self._tls is None:
                await self._serve_connection(loop, accepted)
            else:  # a handshake takes as long as the peer likes, and others must not wait for it
                handshake = loop.create_task(self._serve_connection(loop, accepted))
                self._handshakes.add(handshake)
                handshake.add_done_callback(self._handshakes.discard)

    async def _serve_connection(self, loop: asyncio.AbstractEventLoop, accepted: socket.socket) -> None:
        def protocol() -> HttpConnection:
            state = self.lifespan.state
            return HttpConnection(config=self.config, server_state=self.server_state, app_state=state)

        try:
            timeout_s = None if self._tls is None else REQUEST_S
            await loop.connect_accepted_socket(
                protocol, accepted, ssl=self._tls, ssl_handshake_timeout=timeout_s
            )
        except (OSError, ssl.SSLError):  # it has gone already, or does not speak TLS
            accepted.close()

    def _http_connections(self) -> list[HttpConnection]:
        return [each for each in self.server_state.connections if isinstance(each, HttpConnection)]

    def _close_longest_waiting(self) -> bool:
        """Close the connection that has waited longest, or has taken longest; False without any."""
        connections = self._http_connections()
        if not connections:
            return False
        longest = min(connections, key=lambda each: (each.answering, each.since_s))
        longest.transport.abort()
        self.server_state.connections.discard(longest)  # asyncio tells it a moment later
        return True


class OneLineFilter(logging.Filter):
    """Makes of each record one line without a traceback, one a kind and minute: any peer may cause them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; whether it is logged."""
        text = record.getMessage().strip()
        if record.exc_info is not None and record.exc_info[0] is not None:
            text += f" ({record.exc_info[0].__name__}: {record.exc_info[1]})"
        line = _throttle.line(str(record.msg), text, now_us())
        record.msg, record.args, record.exc_info = line or "", (), None
        return line is not None


ONE_LINE = OneLineFilter()
"One for all servers of the process: a logger takes the same filter once."


def log_line(kind: str, text: str, *arguments: object) -> None:
    """Log a warning, one of its kind in a minute."""
    line = _throttle.line(kind, text % arguments, now_us())
    if line is not None:
        _log.warning("%s", line)


def _log_failure(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What asyncio reports of a protocol or a task that failed; it has closed the connection."""
    error = context.get("exception")
    kind = type(error).__name__
    log_line(kind, "the page: %s (%s: %s)", context.get("message"), kind, error)


def _turn_away(accepted: socket.socket) -> None:
    with contextlib.suppress(OSError):
        accepted.send(_BUSY)
    accepted.close()


def _descriptor_share() -> int:
    """How many connections the page may hold: a quarter of this process's descriptors."""
    if sys.platform == "win32":
        return 512
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 4096 if soft == resource.RLIM_INFINITY else max(8, soft // 4)
