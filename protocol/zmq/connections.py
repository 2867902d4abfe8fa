"""Ends single TCP connections of a listening socket through the system, since ZeroMQ has no way to do it."""

from __future__ import annotations

import contextlib
import socket as sockets
from typing import Any


class Connections:
    """Accepted connections by file descriptor, each with its address at the other end.

    ZeroMQ's own thread may close a descriptor at any time and the system give its number to another file, so
    a connection is cut only while its descriptor still leads to the address that was accepted with it.
    """

    def __init__(self) -> None:
        self._addresses: dict[int, Any] = {}

    def accepted(self, descriptor: int) -> None:
        """Note the address of a connection that ZeroMQ has just accepted."""
        with contextlib.suppress(OSError), _duplicate(descriptor) as connection:
            self._addresses[descriptor] = connection.getpeername()

    def closed(self, descriptor: int) -> None:
        """Forget a connection that ZeroMQ has closed."""
        self._addresses.pop(descriptor, None)

    def cut(self, descriptor: int) -> str:
        """End a connection, as if the other side had closed it; returns its address, "" where unknown."""
        address = self._addresses.get(descriptor)
        if address is None:
            return ""
        # The duplicate holds the connection: what is checked is what is shut down.
        with contextlib.suppress(OSError), _duplicate(descriptor) as connection:
            if connection.getpeername() == address:
                connection.shutdown(sockets.SHUT_RDWR)
        return str(address[0]) if isinstance(address, tuple) else ""


def _duplicate(descriptor: int) -> sockets.socket:
    return sockets.socket(fileno=sockets.dup(descriptor))
