"""Reads what ZeroMQ reports about a socket's connections, and ends single ones, which ZeroMQ cannot."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import socket as sockets
import struct
import sys
from collections.abc import Iterator
from typing import Any

import zmq
from zmq.utils.monitor import recv_monitor_message

from narrowcast.protocol.zmq.connection_events import (
    ConnectionClosed,
    ConnectionEvent,
    ConnectionOpened,
    HandshakeFailed,
    HandshakeFailure,
)

_ON_LISTENING = zmq.EVENT_LISTENING | zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED
_ON_CONNECTING = (
    zmq.EVENT_HANDSHAKE_FAILED_AUTH
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
)
_SO_ATTACH_FILTER, _SO_DETACH_FILTER = 26, 27
"Of asm-generic/socket.h; Python does not name them."
_DROP_ALL = struct.pack("@HBBI", 0x06, 0, 0, 0)
"A program of the kernel's packet filter: return 0, which drops the packet."
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
        self._listener: int | None = None
        self._accepting = True
        self.socket: zmq.Socket[bytes] = socket.get_monitor_socket(_ON_LISTENING if bind else _ON_CONNECTING)

    def read(self) -> list[ConnectionEvent]:
        """What happened since the last call."""
        events = []
        while self.socket.poll(0):
            message = recv_monitor_message(self.socket)
            if message["event"] == zmq.EVENT_LISTENING:
                self._listener = message["value"]
            else:
                events.append(self._translate(message["event"], message["value"]))
        return events

    def accept(self, accepting: bool) -> None:
        """Let new connections come, or let them wait with those who try (on Linux; harmless elsewhere)."""
        if accepting == self._accepting or self._listener is None:
            return
        self._accepting = accepting
        with contextlib.suppress(OSError), _duplicate(self._listener) as listener:
            drop_connection_attempts(listener, not accepting)

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


@contextlib.contextmanager
def _duplicate(descriptor: int) -> Iterator[sockets.socket]:
    """Give a socket that leads where a descriptor leads, and holds that open; OSError where it is none."""
    try:
        duplicate = sockets.dup(descriptor)
    except OSError as error:
        if error.errno not in (errno.EMFILE, errno.ENFILE):
            raise
        # No descriptor is free: the original has to do, in the short time until ZeroMQ may close it.
        original = sockets.socket(fileno=descriptor)
        try:
            yield original
        finally:
            original.detach()
        return
    with sockets.socket(fileno=duplicate) as connection:
        yield connection


def drop_connection_attempts(listener: sockets.socket, drop: bool) -> None:
    """Have Linux drop, or take again, what comes to a listening TCP socket; whoever tries repeats it."""
    if sys.platform != "linux":
        return
    if not drop:
        listener.setsockopt(sockets.SOL_SOCKET, _SO_DETACH_FILTER, 0)
        return
    program = ctypes.create_string_buffer(_DROP_ALL)
    described = struct.pack("@HP", 1, ctypes.addressof(program))
    listener.setsockopt(sockets.SOL_SOCKET, _SO_ATTACH_FILTER, described)
