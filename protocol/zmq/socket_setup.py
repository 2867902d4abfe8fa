"""How a socket is set up: short queues, quick retries, and one line where an address cannot be used."""

from __future__ import annotations

import errno

import zmq

from narrowcast.protocol.endpoint import Endpoint
from narrowcast.protocol.errors import TransportError

UNREAD_MESSAGES = 4
"The program reads all the time; a longer queue would only add delay."

UNSENT_MESSAGES = 64
"What is on its way is bounded by credit and not by this; a large frame may have as many parts."

BUFFER_BYTES = 16 * 1024
"The kernel's buffers are queues too: at 64 kbit/s this is two seconds already."

RECONNECT_MS = 250
"Between two tries to connect; it never grows, so that a link that comes back is used at once."

CONNECT_TIMEOUT_MS = 1_500
"Of one try: TCP itself repeats after 1, 3, 7, 15 and 31 s, and would notice late that a link is back."

HANDSHAKE_MS = 3_000

KEEPALIVE_S = 10
"An idle connection is probed by TCP after this long; ZeroMQ's heartbeats are off, see set_options."

UNACKNOWLEDGED_MS = 10_000
"TCP ends a connection where nothing that was sent is acknowledged for this long."

LINGER_MS = 0
"A socket closes at once, unless `close` is told to wait (for a BYE)."

_NO_SUCH_ADDRESS = "this machine has no such address: listen on one of its own, or on tcp://*:PORT for all"

_BIND_HINTS: dict[int | None, str] = {
    errno.EADDRINUSE: "it is in use: stop the other program, or listen on another port (0 picks a free one)",
    errno.EADDRNOTAVAIL: _NO_SUCH_ADDRESS,
    errno.ENODEV: _NO_SUCH_ADDRESS,
    errno.EACCES: "not allowed: choose a port from 1024 up, or a path that may be written",
    errno.ENOENT: "the folder of that path does not exist: make it, or choose another path",
}


def set_options(socket: zmq.Socket[bytes], endpoint: Endpoint, max_message_bytes: int) -> None:
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


def open_socket(socket: zmq.Socket[bytes], endpoint: Endpoint, *, bind: bool) -> str:
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


def own_url(url: str) -> str:
    """The address under which this machine reaches a socket that listens on every interface."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
