"""The server's thread: a socket that is open before anything is promised, and uvicorn on it."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket

import uvicorn
from starlette.applications import Starlette

from narrowcast.worker import Worker
from receiver.web.address import WebAddress
from receiver.web.browser_messages import MAX_MESSAGE_BYTES
from receiver.web.errors import WebError

_HINTS: dict[int | None, str] = {
    errno.EADDRINUSE: "it is in use: stop the other program, or choose another port (0 picks a free one)",
    errno.EADDRNOTAVAIL: "this machine has no such address: use 127.0.0.1, one of its own, or * for all",
    errno.EACCES: "not allowed: choose a port from 1024 up",
}

_END_S = 1.0
"What the last answers may take when the receiver ends."

_MAX_CONNECTIONS = 128
"For each stream: browsers open a handful each, and the grid a socket for each stream."


def open_web_socket(address: WebAddress) -> socket.socket:
    """Bind and listen; WebError says in one line what is wrong."""
    family = socket.AF_INET6 if ":" in address.bind_host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address.bind_host, address.port))
        listener.listen()
    except OSError as error:
        listener.close()
        hint = _HINTS.get(error.errno, f"{(error.strerror or str(error)).lower()}: check the address")
        raise WebError(f"cannot serve the page on {address.host}:{address.port}: {hint}") from error
    return listener


class WebServer:
    """Serves an app until it is stopped."""

    def __init__(self, app: Starlette, listener: socket.socket, *, streams: int = 1) -> None:
        self._listener = listener
        # Who scans ports is no news; what fails in here is.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="websockets-sansio",
                ws_max_size=MAX_MESSAGE_BYTES,
                ws_per_message_deflate=False,
                limit_concurrency=_MAX_CONNECTIONS * streams,
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._worker = Worker("web", self._run)
        self._worker.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    def stop(self) -> None:
        """End it."""
        self._server.should_exit = True
        self._worker.join(_END_S)
        self._listener.close()

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._listener]))
