"""The socket: ROUTER where we bind, DEALER where we connect. Only curve.py and monitor.py know ZeroMQ too."""

from __future__ import annotations

import contextlib
import errno
import socket as sockets
import time
from dataclasses import dataclass
from types import TracebackType

import zmq

from protocol.connection_events import ConnectionClosed, ConnectionCut, ConnectionEvent
from protocol.curve import Gate, prove_closed, use_keys
from protocol.endpoint import Endpoint, parse_endpoint
from protocol.errors import TransportError
from protocol.fields import MAX_PAYLOAD_BYTES
from protocol.keys import Security, key_text
from protocol.messages import FRAME_HEADER_BYTES
from protocol.monitor import Monitor
from protocol.outbox import SendOutcome
from protocol.wire_size import message_wire_bytes

UNREAD_MESSAGES = 4
"The program reads all the time; more would only be a queue, and queues are delay."

UNSENT_MESSAGES = 64
"Credit bounds what is on its way, not this; a large frame may have as many parts."

BUFFER_BYTES = 16 * 1024
"The kernel's buffers are queues too: at 64 kbit/s this is two seconds already."

RECONNECT_MS = 250
"Between two tries to connect; it never grows, so that a link that comes back is used at once."

CONNECT_TIMEOUT_MS = 1_500
"Of one try: TCP itself would ask after 1, 3, 7, 15 and 31 s, and sleep through a link's return."

HANDSHAKE_MS = 3_000

KEEPALIVE_S = 10
"Of idleness, until TCP asks whether a connection lives; ZeroMQ's heartbeats are off, see _set_options."

UNACKNOWLEDGED_MS = 10_000
"TCP gives a connection up where nothing of what it sent is acknowledged for this long."
LINGER_MS = 0
"Nothing waits when a socket closes, unless `close` is told to (for a BYE)."

MAX_PACKETS_PER_POLL = 64
"So that a peer that floods cannot keep the session from its timers."

_NO_SUCH_ADDRESS = "this machine has no such address: listen on one of its own, or on tcp://*:PORT for all"

_BIND_HINTS: dict[int | None, str] = {
    errno.EADDRINUSE: "it is in use: stop the other program, or listen on another port (0 picks a free one)",
    errno.EADDRNOTAVAIL: _NO_SUCH_ADDRESS,
    errno.ENODEV: _NO_SUCH_ADDRESS,
    errno.EACCES: "not allowed: choose a port from 1024 up, or a path that may be written",
    errno.ENOENT: "the folder of that path does not exist: make it, or choose another path",
}


@dataclass(frozen=True, kw_only=True)
class TransportConfig:
    """Where a socket listens or connects to, and what it lets in."""

    url: str
    "tcp://HOST:PORT; a port of 0 picks a free one when listening"
    bind: bool
    "listen (ROUTER); otherwise connect (DEALER)"
    max_message_bytes: int = MAX_PAYLOAD_BYTES + FRAME_HEADER_BYTES
    "a peer that announces a longer message is disconnected before anything is allocated"
    security: Security | None = None
    "keys; None: plain, for anybody who reaches the address"

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
        "messages of more than one part, or in the ZMTP of ages ago: no peer of ours sends them"
        self._security = config.security
        self._keys: dict[int, str] = {}
        self._events: list[ConnectionEvent] = []
        self._gate: Gate | None = None
        self._context = zmq.Context(io_threads=1)
        self._socket = self._context.socket(zmq.ROUTER if config.bind else zmq.DEALER)
        self._monitor = Monitor(self._socket, bind=config.bind)
        self._wake_in, self._wake_out = sockets.socketpair()
        try:
            _set_options(self._socket, endpoint, config.max_message_bytes)
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
        if self._gate is not None:
            self._poller.register(self._gate.socket, zmq.POLLIN)

    def poll(self, timeout_ms: int) -> list[Packet]:
        """Wait for anything to happen, a `wake` or the timeout; return the messages, oldest first."""
        ready = dict(self._poller.poll(timeout_ms))
        if self._wake_in.fileno() in ready:
            self._quiet_wake()
        if self._gate is not None:
            self._events += self._gate.answer()
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

    def connection_events(self) -> list[ConnectionEvent]:
        """What happened to connections until the last `poll` began to read messages."""
        events, self._events = self._events, []
        return events

    def cut(self, connection: int, reason: str) -> None:
        """End a connection of a ROUTER."""
        self._events.append(ConnectionCut(address=self._monitor.cut(connection), reason=reason))

    def cut_revoked(self) -> None:
        """End the connections whose keys are no longer on the list."""
        if self._gate is None or self._security is None or not self._keys:
            return
        allowed = {key_text(key) for key in self._security.allowed()}
        for connection, key in list(self._keys.items()):
            if key not in allowed:
                del self._keys[connection]
                self.cut(connection, f"its key {key} is not allowed any more")

    def reconnect(self) -> None:
        """Make a new connection: after a refusal, where ZeroMQ gives up, or because the old one is dead."""
        assert not self.bind
        with contextlib.suppress(zmq.ZMQError):
            self._socket.disconnect(self.url)
        self._socket.connect(self.url)

    def send(self, peer: bytes, data: bytes) -> SendOutcome:
        """Hand a message to the socket; never waits."""
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
        # A full pipe wakes just as well, and a closed one has nobody to wake.
        with contextlib.suppress(OSError):
            self._wake_out.send(b"\0")

    def __enter__(self) -> Transport:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self, linger_ms: int = LINGER_MS) -> None:
        """Close the socket; what was sent last (a BYE) has `linger_ms` to arrive."""
        # Not ZeroMQ's own linger: a DEALER that sees the end of its connection forgets what it has not read
        # yet, so a BYE must be read before the connection ends.
        time.sleep(linger_ms / 1000)
        self._monitor.close()
        self._socket.close(linger=LINGER_MS)
        if self._gate is not None:
            self._gate.close()
        self._context.term()
        self._wake_in.close()
        self._wake_out.close()

    def _open(self, endpoint: Endpoint) -> str:
        """Bind or connect; return the address with the port that the system chose."""
        if self._security is None:
            return _open(self._socket, endpoint, bind=self.bind)
        use_keys(self._socket, self._security, bind=self.bind)
        if not self.bind:
            return _open(self._socket, endpoint, bind=False)
        self._gate = Gate(self._context, self._security)
        url = _open(self._socket, endpoint, bind=True)
        prove_closed(_own_url(url), self._security.own.public, self._gate)
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
        if self._gate is not None:
            # Anew with each message: after a connection ends, another gets its number.
            self._keys[connection] = str(data.get("User-Id"))
        return Packet(peer=parts[0].bytes, data=data.bytes, connection=connection)

    def _quiet_wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._wake_in.recv(4096):
                pass


def _connection_of(message: zmq.Frame) -> int | None:
    """Which connection a message came over; None in a ZMTP before 3, which none of ours speaks."""
    try:
        return int(message.get(zmq.SRCFD))
    except zmq.ZMQError:
        return None


def _set_options(socket: zmq.Socket[bytes], endpoint: Endpoint, max_message_bytes: int) -> None:
    """Set what must be set before the socket is opened."""
    socket.setsockopt(zmq.LINGER, LINGER_MS)
    socket.setsockopt(zmq.SNDHWM, UNSENT_MESSAGES)
    socket.setsockopt(zmq.RCVHWM, UNREAD_MESSAGES)
    socket.setsockopt(zmq.SNDBUF, BUFFER_BYTES)
    socket.setsockopt(zmq.RCVBUF, BUFFER_BYTES)
    socket.setsockopt(zmq.IMMEDIATE, 1)
    socket.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MS)
    socket.setsockopt(zmq.CONNECT_TIMEOUT, CONNECT_TIMEOUT_MS)
    socket.setsockopt(zmq.TCP_MAXRT, UNACKNOWLEDGED_MS)
    socket.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)
    # No ZeroMQ heartbeats: where a peer floods and hangs up, ZeroMQ 4.3.5 stops reading its connection, and
    # the heartbeat's timer then runs into an assertion that ends the whole program.
    socket.setsockopt(zmq.TCP_KEEPALIVE, 1)
    socket.setsockopt(zmq.TCP_KEEPALIVE_IDLE, KEEPALIVE_S)
    socket.setsockopt(zmq.TCP_KEEPALIVE_INTVL, KEEPALIVE_S)
    socket.setsockopt(zmq.MAXMSGSIZE, max_message_bytes)
    if endpoint.ipv6:
        socket.setsockopt(zmq.IPV6, 1)
    if socket.type == zmq.ROUTER:
        socket.setsockopt(zmq.ROUTER_MANDATORY, 1)


def _open(socket: zmq.Socket[bytes], endpoint: Endpoint, *, bind: bool) -> str:
    """Bind or connect; return the address with the port that the system chose."""
    try:
        if not bind:
            socket.connect(endpoint.url)
            return endpoint.url
        socket.bind(endpoint.url)
    except zmq.ZMQError as error:
        verb = "listen on" if bind else "connect to"
        hint = _BIND_HINTS.get(error.errno, f"{error}: check the address")
        raise TransportError(f"cannot {verb} {endpoint.url}: {hint}") from error
    return socket.getsockopt_string(zmq.LAST_ENDPOINT)


def _own_url(url: str) -> str:
    """The address under which this machine reaches a socket that listens on every interface."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
