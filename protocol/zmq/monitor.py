"""Reads what ZeroMQ reports about a socket's connections, and ends single ones, which ZeroMQ cannot."""

from __future__ import annotations

import contextlib
import socket as sockets
from typing import Any

import zmq
from zmq.utils.monitor import recv_monitor_message

from protocol.zmq.connection_events import (
    ConnectionClosed,
    ConnectionEvent,
    ConnectionOpened,
    HandshakeFailed,
    HandshakeFailure,
)

_ON_LISTENING = zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED
_ON_CONNECTING = (
    zmq.EVENT_HANDSHAKE_FAILED_AUTH
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
)
_FAILURES = {
    zmq.EVENT_HANDSHAKE_FAILED_AUTH: HandshakeFailure.KEY_REFUSED,
    zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL: HandshakeFailure.MECHANISM,
    zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL: HandshakeFailure.BROKEN_OFF,
}


class Connections:
    """Accepted TCP connections by file descriptor, and how to end one of them, which ZeroMQ cannot.

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


class Monitor:
    """Belongs to the thread of its socket."""

    def __init__(self, socket: zmq.Socket[bytes], *, bind: bool) -> None:
        self._watched = socket
        self._connections = Connections()
        self.socket: zmq.Socket[bytes] = socket.get_monitor_socket(_ON_LISTENING if bind else _ON_CONNECTING)

    def read(self) -> list[ConnectionEvent]:
        """What happened since the last call."""
        events = []
        while self.socket.poll(0):
            message = recv_monitor_message(self.socket)
            events.append(self._translate(message["event"], message["value"]))
        return events

    def cut(self, connection: int) -> str:
        """End a connection; returns its address."""
        return self._connections.cut(connection)

    def close(self) -> None:
        """Stop watching, before the socket is closed; harmless a second time."""
        if not self._watched.closed:
            self._watched.disable_monitor()
        self.socket.close(linger=0)

    def _translate(self, event: int, value: int) -> ConnectionEvent:
        if event == zmq.EVENT_ACCEPTED:
            self._connections.accepted(value)
            return ConnectionOpened(connection=value)
        if event == zmq.EVENT_DISCONNECTED:
            self._connections.closed(value)
            return ConnectionClosed(connection=value)
        return HandshakeFailed(failure=_FAILURES[zmq.Event(event)])


def _duplicate(descriptor: int) -> sockets.socket:
    return sockets.socket(fileno=sockets.dup(descriptor))
