"""Many connections to senders in one thread: their sockets share a context, and one poll waits for all."""

from __future__ import annotations

import contextlib
import time

import zmq

from narrowcast.protocol.endpoint import parse_endpoint
from narrowcast.protocol.errors import TransportError
from narrowcast.protocol.session.outbox import SendOutcome
from narrowcast.protocol.zmq.curve import use_keys
from narrowcast.protocol.zmq.socket_setup import LINGER_MS, open_socket, set_options
from narrowcast.protocol.zmq.transport import MAX_PACKETS_PER_POLL, TransportConfig


class DealerPool:
    """Sockets that connect, by number. It belongs to one thread.

    A `Transport` has a context to itself, and with it two threads of ZeroMQ: a program that receives hundreds
    of streams without decoding them would be slowed down by those.
    """

    def __init__(self) -> None:
        """Begin without a connection."""
        self._context = zmq.Context(io_threads=1)
        self._context.set(zmq.MAX_SOCKETS, self._context.get(zmq.SOCKET_LIMIT))
        self._poller = zmq.Poller()
        self._sockets: list[zmq.Socket[bytes]] = []
        self._numbers: dict[zmq.Socket[bytes], int] = {}
        self._urls: list[str] = []

    def connect(self, config: TransportConfig) -> int:
        """Connect to an address, with keys if it has any; returns the connection's number, 0 for the first.

        TransportError says in one line what is wrong and how to fix it.
        """
        if config.bind:
            raise TransportError("a pool of connections does not listen: connect to an address")
        endpoint = parse_endpoint(config.url, bind=False)
        socket = self._context.socket(zmq.DEALER)
        try:
            set_options(socket, endpoint, config.max_message_bytes)
            if config.security is not None:
                use_keys(socket, config.security, bind=False)
            url = open_socket(socket, endpoint, bind=False)
        except BaseException:
            socket.close(linger=0)
            raise
        self._numbers[socket] = len(self._sockets)
        self._sockets.append(socket)
        self._urls.append(url)
        self._poller.register(socket, zmq.POLLIN)
        return len(self._sockets) - 1

    def poll(self, timeout_ms: int) -> list[tuple[int, bytes]]:
        """Wait for a message or the timeout; return the messages, each with its connection's number."""
        packets = []
        for socket, _ in self._poller.poll(timeout_ms):
            number = self._numbers[socket]
            for _ in range(MAX_PACKETS_PER_POLL):
                try:
                    parts = socket.recv_multipart(zmq.NOBLOCK)
                except zmq.Again:
                    break
                if len(parts) == 1:  # no peer of ours sends another number
                    packets.append((number, parts[0]))
        return packets

    def send(self, number: int, data: bytes) -> SendOutcome:
        """Hand a message to a connection, without waiting."""
        try:
            self._sockets[number].send(data, zmq.NOBLOCK)
        except zmq.Again:
            return SendOutcome.FULL
        return SendOutcome.SENT

    def reconnect(self, number: int) -> None:
        """Make a new connection in the place of one that has fallen silent."""
        with contextlib.suppress(zmq.ZMQError):
            self._sockets[number].disconnect(self._urls[number])
        self._sockets[number].connect(self._urls[number])

    def close(self, linger_ms: int = LINGER_MS) -> None:
        """Close all; what was sent last (BYEs) has `linger_ms` to arrive."""
        time.sleep(linger_ms / 1000)
        for socket in self._sockets:
            socket.close(linger=LINGER_MS)
        self._context.term()
