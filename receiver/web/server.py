"""What is served at one address: a page for each stream, by uvicorn in a thread of its own."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Sequence

import uvicorn
from starlette.applications import Starlette

from narrowcast.receiver.web.access_control import AccessControl
from narrowcast.receiver.web.address import WebAddress, WebError
from narrowcast.receiver.web.app import make_app
from narrowcast.receiver.web.browser_messages import MAX_MESSAGE_BYTES
from narrowcast.receiver.web.limited_server import ONE_LINE, HttpConnection, LimitedServer
from narrowcast.receiver.web.view import WebView
from narrowcast.worker import Worker

_HINTS: dict[int | None, str] = {
    errno.EADDRINUSE: "it is in use: stop the other program, or choose another port (0 picks a free one)",
    errno.EADDRNOTAVAIL: "this machine has no such address: use 127.0.0.1, one of its own, or * for all",
    errno.EACCES: "not allowed: choose a port from 1024 up",
}

_END_S = 1.0
"How long the server waits for its last answers when the receiver ends."

_BACKLOG = 1024
"Connections that wait to be accepted: those of a crowd must not push out the one of a browser."

_MAX_CONNECTIONS = 128
"For each stream: browsers open a handful each, and the grid a socket for each stream."


def open_web_socket(address: WebAddress) -> socket.socket:
    """Bind and listen; WebError says in one line what is wrong."""
    family = socket.AF_INET6 if ":" in address.bind_host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address.bind_host, address.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        hint = _HINTS.get(error.errno, f"{(error.strerror or str(error)).lower()}: check the address")
        raise WebError(f"cannot serve the page on {address.host}:{address.port}: {hint}") from error
    return listener


class Site:
    """Serves the views of one or more streams until it is closed."""

    def __init__(self, address: WebAddress, names: Sequence[str]) -> None:
        """Open the socket and serve a view for each name; WebError where that is not possible.

        Args:
            address: where.
            names: what the pages call their streams.
        """
        self._listener = open_web_socket(address)
        port = int(self._listener.getsockname()[1])
        self.url = address.url(port)
        "what to open in a browser"
        self.views = [WebView(name=name, one_of_several=len(names) > 1) for name in names]
        "one for each name, in that order"
        app = make_app(self.views, AccessControl(address, port))
        self._server = _make_server(app, self._listener, streams=len(names))
        self._worker = Worker("web", self._run)
        self._worker.start()

    def close(self) -> None:
        """Disconnect the browsers, end the server and close the socket."""
        for view in self.views:
            view.close()
        self._server.should_exit = True
        self._worker.join(_END_S)
        self._listener.close()

    def _run(self) -> None:
        asyncio.run(self._server.serve())


def _make_server(app: Starlette, listener: socket.socket, *, streams: int) -> LimitedServer:
    # Requests of port scanners are not logged; what fails in the server is.
    logger = logging.getLogger("uvicorn.error")
    logger.setLevel(logging.ERROR)
    logger.addFilter(ONE_LINE)
    config = uvicorn.Config(
        app,
        http=HttpConnection,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="websockets-sansio",
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return LimitedServer(config, listener, max_connections=_MAX_CONNECTIONS * streams)
