"""The socket: a ROUTER where we bind, a DEALER where we connect."""

from __future__ import annotations

import contextlib
import errno
import socket as sockets
import time
from dataclasses import dataclass

import zmq

from narrowcast.protocol.endpoint import Endpoint, parse_endpoint
from narrowcast.protocol.errors import TransportError
from narrowcast.protocol.keys import Security, key_text
from narrowcast.protocol.session.outbox import SendOutcome
from narrowcast.protocol.wire.fields import MAX_PAYLOAD_BYTES
from narrowcast.protocol.wire.packing import FRAME_HEADER_BYTES
from narrowcast.protocol.wire.sizes import message_wire_bytes
from narrowcast.protocol.zmq.connection_events import ConnectionClosed, ConnectionCut, ConnectionEvent
from narrowcast.protocol.zmq.curve import ZapHandler, use_keys, verify_refusals
from narrowcast.protocol.zmq.monitor import Monitor
from narrowcast.protocol.zmq.socket_setup import LINGER_MS, open_socket, own_url, set_options

MAX_PACKETS_PER_POLL = 64
"So that a peer that floods the socket cannot keep the session from its timers."


@dataclass(frozen=True, kw_only=True)
class TransportConfig:
    """Where a socket listens or connects to, and what it accepts."""

    url: str
    "tcp://HOST:PORT; a port of 0 picks a free one when listening"
    bind: bool
    "listen (ROUTER); otherwise connect (DEALER)"
    max_message_bytes: int = MAX_PAYLOAD_BYTES + FRAME_HEADER_BYTES
    "a peer that announces a longer message is disconnected before anything is allocated"
    security: Security | None = None
    "keys; None: no encryption, for every peer that reaches the address"

    def __post_init__(self) -> None:
        if parse_endpoint(self.url, bind=self.bind).key is not None and self.security is None:
            raise TransportError("the address has a key, so it is not to be used without keys")


@dataclass(frozen=True, kw_only=True)
class Packet:
    """One message as it came."""

    peer: bytes
    "ROUTER identity; empty for the only peer of a DEALER"
    data: bytes
    "the bytes"
    connection: int = 0
    "which connection of a ROUTER it came over"


class Transport:
    """One socket. It belongs to one thread; only `wake` may be called from others."""

    def __init__(self, config: TransportConfig) -> None:
        """Open the socket; TransportError says in one line what is wrong and how to fix it."""
        endpoint = parse_endpoint(config.url, bind=config.bind)
        self.bind = config.bind
        self.wire_bytes_in = 0
        "messages received, with an estimate of ZMTP framing, keys and TCP/IP headers"
        self.wire_bytes_out = 0
        "messages sent, likewise"
        self.malformed_packets = 0
        "messages of more than one part, or in ZMTP 2: no peer of ours sends them"
        self._security = config.security
        self._keys: dict[int, str] = {}
        self._events: list[ConnectionEvent] = []
        self._zap: ZapHandler | None = None
        self._context = zmq.Context(io_threads=1)
        self._socket = self._context.socket(zmq.ROUTER if config.bind else zmq.DEALER)
        self._monitor = Monitor(self._socket, bind=config.bind)
        self._wake_in, self._wake_out = sockets.socketpair()
        try:
            set_options(self._socket, endpoint, config.max_message_bytes)
            self.url = self._open(endpoint)
        except BaseException:
            self.close()
            raise
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        self._poller = zmq.Poller()
        self._poller.register(self._socket, zmq.POLLIN)
        self._poller.register(self._monitor.socket, zmq.POLLIN)
        self._poller.register(self._wake_in, zmq.POLLIN)
        if self._zap is not None:
            self._poller.register(self._zap.socket, zmq.POLLIN)

    def poll(self, timeout_ms: int) -> list[Packet]:
        """Wait for anything to happen, a `wake` or the timeout; return the messages, oldest first."""
        ready = dict(self._poller.poll(timeout_ms))
        if self._wake_in.fileno() in ready:
            self._quiet_wake()
        if self._zap is not None:
            self._events += self._zap.answer()
        self._watch_connections()
        packets = []
        for _ in range(MAX_PACKETS_PER_POLL):
            try:
                parts = self._socket.recv_multipart(zmq.NOBLOCK, copy=False)
            except zmq.Again:
                break
            packet = self._packet(parts)
            if packet is not None:
                packets.append(packet)
        return packets

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What becomes readable where `poll` may have something to do, for loops that wait for many sockets.

        ZeroMQ reports only changes: after each `poll` and each `send`, `has_input` has to be looked at too.
        """
        watched = (
            self._socket,
            self._monitor.socket,
            *((self._zap.socket,) if self._zap is not None else ()),
        )
        return (*(int(socket.getsockopt(zmq.FD)) for socket in watched), self._wake_in.fileno())

    @property
    def has_input(self) -> bool:
        """Whether messages wait; what else `poll` looks at, it empties."""
        return bool(int(self._socket.getsockopt(zmq.EVENTS)) & zmq.POLLIN)

    def connection_events(self) -> list[ConnectionEvent]:
        """What happened to connections before the last `poll` read messages."""
        events, self._events = self._events, []
        return events

    def cut(self, connection: int, reason: str) -> None:
        """End a connection of a ROUTER."""
        self._events.append(ConnectionCut(address=self._monitor.cut(connection), reason=reason))

    def accept(self, accepting: bool) -> None:
        """Let new connections come to a ROUTER, or let them wait."""
        self._monitor.accept(accepting)

    def cut_revoked(self) -> None:
        """End the connections whose keys are no longer on the allow-list."""
        if self._zap is None or self._security is None or not self._keys:
            return
        allowed = {key_text(key) for key in self._security.allowed()}
        for connection, key in list(self._keys.items()):
            if key not in allowed:
                del self._keys[connection]
                self.cut(connection, f"its key {key} is not allowed any more")

    def reconnect(self) -> None:
        """Make a new connection: after a refusal, where ZeroMQ stops trying, or after silence."""
        assert not self.bind
        with contextlib.suppress(zmq.ZMQError):
            self._socket.disconnect(self.url)
        self._socket.connect(self.url)

    def send(self, peer: bytes, data: bytes) -> SendOutcome:
        """Hand a message to the socket, without waiting."""
        try:
            self._socket.send_multipart([peer, data] if self.bind else [data], zmq.NOBLOCK)
        except zmq.Again:
            return SendOutcome.FULL
        except zmq.ZMQError as error:
            if error.errno == errno.EHOSTUNREACH:
                return SendOutcome.UNREACHABLE
            raise TransportError(f"cannot send on {self.url}: {error}") from error
        self.wire_bytes_out += message_wire_bytes(len(data), keys=self._security is not None)
        return SendOutcome.SENT

    def wake(self) -> None:
        """Make a `poll` that waits, or the next one, return at once. Safe from any thread, at any time."""
        # A full pipe wakes as well, and behind a closed one nothing waits.
        with contextlib.suppress(OSError):
            self._wake_out.send(b"\0")

    def __enter__(self) -> Transport:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self, linger_ms: int = LINGER_MS) -> None:
        """Close the socket; what was sent last (a BYE) has `linger_ms` to arrive."""
        # Not ZeroMQ's own linger: a DEALER that sees the end of its connection forgets what it has not read
        # yet, so a BYE must be read before the connection ends.
        time.sleep(linger_ms / 1000)
        self._monitor.close()
        self._socket.close(linger=LINGER_MS)
        if self._zap is not None:
            self._zap.close()
        self._context.term()
        self._wake_in.close()
        self._wake_out.close()

    def _open(self, endpoint: Endpoint) -> str:
        """Bind or connect; return the address with the port that the system chose."""
        if self._security is None:
            return open_socket(self._socket, endpoint, bind=self.bind)
        use_keys(self._socket, self._security, bind=self.bind)
        if not self.bind:
            return open_socket(self._socket, endpoint, bind=False)
        self._zap = ZapHandler(self._context, self._security)
        url = open_socket(self._socket, endpoint, bind=True)
        verify_refusals(own_url(url), self._security.own.public, self._zap)
        return url

    def _watch_connections(self) -> None:
        events = self._monitor.read()
        self._events += events
        for event in events:
            if isinstance(event, ConnectionClosed):
                self._keys.pop(event.connection, None)

    def _packet(self, parts: list[zmq.Frame]) -> Packet | None:
        data = parts[-1]
        self.wire_bytes_in += message_wire_bytes(len(data), keys=self._security is not None)
        if len(parts) != (2 if self.bind else 1):
            self.malformed_packets += 1
            return None
        if not self.bind:
            return Packet(peer=b"", data=data.bytes)
        connection = _connection_of(data)
        if connection is None:
            self.malformed_packets += 1
            return None
        if self._zap is not None:
            # Anew with each message: after a connection ends, another gets its number.
            self._keys[connection] = str(data.get("User-Id"))
        return Packet(peer=parts[0].bytes, data=data.bytes, connection=connection)

    def _quiet_wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._wake_in.recv(4096):
                pass


def _connection_of(message: zmq.Frame) -> int | None:
    """Which connection a message came over; None in a ZMTP before 3, which no peer of ours speaks."""
    try:
        return int(message.get(zmq.SRCFD))
    except zmq.ZMQError:
        return None
