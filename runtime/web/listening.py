"""The socket that a page is served on, and uvicorn's server on it with our limits."""

from __future__ import annotations

import errno
import logging
import socket
import ssl

import uvicorn
from starlette.applications import Starlette

from narrowcast.runtime.web.address import WebAddress, WebError
from narrowcast.runtime.web.limited_server import ONE_LINE, HttpConnection, LimitedServer

_HINTS: dict[int | None, str] = {
    errno.EADDRINUSE: "it is in use: stop the other program, or choose another port (0 picks a free one)",
    errno.EADDRNOTAVAIL: "this machine has no such address: use 127.0.0.1, one of its own, or * for all",
    errno.EACCES: "not allowed: choose a port from 1024 up",
}

_BACKLOG = 1024
"Connections that wait to be accepted: those of a crowd must not push out the one of a browser."


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


def make_server(
    app: Starlette,
    listener: socket.socket,
    *,
    max_connections: int,
    max_message_bytes: int,
    tls: ssl.SSLContext | None = None,
) -> LimitedServer:
    """Make the server of an application; `serve` runs it.

    Args:
        app: answers requests and WebSockets.
        listener: listens already.
        max_connections: one more closes the one that has waited longest.
        max_message_bytes: a browser that announces a longer message is disconnected.
        tls: encrypts every connection; None serves plain HTTP.
    """
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
        ws_max_size=max_message_bytes,
        ws_per_message_deflate=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return LimitedServer(config, listener, max_connections=max_connections, tls=tls)
