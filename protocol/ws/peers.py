"""WebSocket connections as a transport: a server's thread feeds them, the session's thread uses them.

What a message is, and what a peer may do, is the business of the session and of the connection limiter, as
with peers that come over ZeroMQ. This file knows no WebSocket library: a server hands it bytes.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from narrowcast.protocol.session.outbox import SendOutcome
from narrowcast.protocol.wire.sizes import message_wire_bytes
from narrowcast.protocol.zmq.connection_events import (
    ConnectionClosed,
    ConnectionCut,
    ConnectionEvent,
    ConnectionOpened,
)
from narrowcast.protocol.zmq.transport import MAX_PACKETS_PER_POLL, Packet

FIRST_CONNECTION = 2**40
"Connections of the ZeroMQ socket are descriptors: no number of theirs is as large."

IDENTITY = b"\0ws"
"ZeroMQ lets no peer choose an identity that begins with a zero, and its own have five bytes."

MAX_UNREAD = 8
"Messages of one connection that the session has not read; behind them the server stops reading its socket."

MAX_UNSENT = 64
"Messages of one connection that the server has not sent: a large frame may have as many parts."


@dataclass(kw_only=True, eq=False)
class _Connection:
    """One WebSocket."""

    address: str
    "where it comes from"
    wake: Callable[[], object]
    "tells the server that there is something to send, or that it is to be closed"
    unread: deque[bytes] = field(default_factory=deque)
    unsent: deque[bytes] = field(default_factory=deque)
    cut: str | None = None
    "why it is to be closed; None while it stays"


class WebSocketPeers:
    """All WebSocket connections of one session. Any thread may call any method."""

    def __init__(self, *, encrypted: bool) -> None:
        """Begin without a connection; `encrypted` is whether messages get longer by TLS."""
        self.wake: Callable[[], object] = lambda: None
        "called when there is something for the session's thread"
        self.ended = False
        "the program ends: every connection is to be closed"
        self.wire_bytes_in = 0
        "messages received, with an estimate of their framing and TCP/IP headers"
        self.wire_bytes_out = 0
        "messages sent, likewise"
        self._encrypted = encrypted
        self._lock = threading.Lock()
        self._connections: dict[int, _Connection] = {}
        self._numbers = FIRST_CONNECTION
        self._events: list[ConnectionEvent] = []
        self._accepting = True

    # What the server calls.

    def open(self, address: str, wake: Callable[[], object]) -> int | None:
        """Take a new connection and return its number; None while there are as many as may be.

        Args:
            address: where it comes from.
            wake: is called from the session's thread when `outgoing` or `cut_reason` has something new.
        """
        with self._lock:
            if not self._accepting:
                return None
            self._numbers += 1
            self._connections[self._numbers] = _Connection(address=address, wake=wake)
            self._events.append(ConnectionOpened(connection=self._numbers))
            return self._numbers

    def received(self, connection: int, data: bytes) -> bool:
        """Take a message that came; False where the session has not read those before it yet."""
        with self._lock:
            found = self._connections.get(connection)
            if found is not None and len(found.unread) >= MAX_UNREAD:
                return False
            if found is not None and found.cut is None:
                found.unread.append(data)
                self.wire_bytes_in += message_wire_bytes(len(data), keys=self._encrypted)
        self.wake()
        return True

    def outgoing(self, connection: int) -> list[bytes]:
        """The messages to send now, oldest first."""
        with self._lock:
            found = self._connections.get(connection)
            if found is None:
                return []
            messages = list(found.unsent)
            found.unsent.clear()
            return messages

    def cut_reason(self, connection: int) -> str | None:
        """Why the session ends a connection; None while it does not."""
        with self._lock:
            found = self._connections.get(connection)
            return None if found is None else found.cut

    def closed(self, connection: int) -> None:
        """Forget a connection that has ended."""
        with self._lock:
            if self._connections.pop(connection, None) is not None:
                self._events.append(ConnectionClosed(connection=connection))
        self.wake()

    def end(self) -> None:
        """Have the server close every connection: the program ends."""
        with self._lock:
            self.ended, self._accepting = True, False
            connections = list(self._connections.values())
        for connection in connections:
            connection.wake()

    # What the session's thread calls.

    @property
    def waiting(self) -> bool:
        """Whether a message has come that was not read."""
        with self._lock:
            return any(each.unread for each in self._connections.values())

    def packets(self) -> list[Packet]:
        """Messages that came, from each connection in turn, and no more than a poll may bring."""
        packets: list[Packet] = []
        with self._lock:
            while len(packets) < MAX_PACKETS_PER_POLL:
                ready = {number: each for number, each in self._connections.items() if each.unread}
                if not ready:
                    break
                for number, each in ready.items():
                    packet = Packet(peer=_peer(number), data=each.unread.popleft(), connection=number)
                    packets.append(packet)
        return packets

    def events(self) -> list[ConnectionEvent]:
        """What happened to connections since the last call."""
        with self._lock:
            events, self._events = self._events, []
            return events

    def send(self, peer: bytes, data: bytes) -> SendOutcome:
        """Hand a message to the server, without waiting."""
        with self._lock:
            found = self._connections.get(_number(peer))
            if found is None or found.cut is not None:
                return SendOutcome.UNREACHABLE
            if len(found.unsent) >= MAX_UNSENT:
                return SendOutcome.FULL
            found.unsent.append(data)
            self.wire_bytes_out += message_wire_bytes(len(data), keys=self._encrypted)
        found.wake()
        return SendOutcome.SENT

    def cut(self, connection: int, reason: str) -> None:
        """Have the server end a connection."""
        with self._lock:
            found = self._connections.get(connection)
            if found is None or found.cut is not None:
                return
            found.cut = reason
            found.unread.clear()
            self._events.append(ConnectionCut(address=found.address, reason=reason))
        found.wake()

    def accept(self, accepting: bool) -> None:
        """Let new connections come, or turn them away."""
        with self._lock:
            self._accepting = accepting


def is_web_peer(peer: bytes) -> bool:
    """Tell whether a session's peer comes over a WebSocket."""
    return peer.startswith(IDENTITY) and len(peer) == len(IDENTITY) + 8


def _peer(connection: int) -> bytes:
    return IDENTITY + connection.to_bytes(8, "big")


def _number(peer: bytes) -> int:
    return int.from_bytes(peer[len(IDENTITY) :], "big")
