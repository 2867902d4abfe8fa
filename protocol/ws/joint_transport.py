"""A ZeroMQ socket and WebSockets as one transport: one session, so that each frame is coded once for all."""

from __future__ import annotations

from narrowcast.protocol.session.outbox import SendOutcome
from narrowcast.protocol.ws.peers import FIRST_CONNECTION, WebSocketPeers, is_web_peer
from narrowcast.protocol.zmq.connection_events import ConnectionEvent
from narrowcast.protocol.zmq.transport import Packet, Transport


class JointTransport:
    """Belongs to one thread, as its socket does; only `wake` may be called from others."""

    def __init__(self, socket: Transport, web: WebSocketPeers) -> None:
        """Join a socket that listens and the WebSockets of a server."""
        assert socket.bind
        self.bind = True
        self._socket = socket
        self._web = web
        web.wake = self.wake

    @property
    def wire_bytes_in(self) -> int:
        """Messages received, with an estimate of framing and headers."""
        return self._socket.wire_bytes_in + self._web.wire_bytes_in

    @property
    def wire_bytes_out(self) -> int:
        """Messages sent, likewise."""
        return self._socket.wire_bytes_out + self._web.wire_bytes_out

    @property
    def malformed_packets(self) -> int:
        """Messages of a form that no peer of ours sends."""
        return self._socket.malformed_packets

    def poll(self, timeout_ms: int) -> list[Packet]:
        """Wait for anything to happen, a `wake` or the timeout; return the messages, oldest first."""
        packets = self._socket.poll(0 if self._web.waiting else timeout_ms)
        return packets + self._web.packets()

    def connection_events(self) -> list[ConnectionEvent]:
        """What happened to connections."""
        return self._socket.connection_events() + self._web.events()

    def cut(self, connection: int, reason: str) -> None:
        """End a connection."""
        part = self._web if connection >= FIRST_CONNECTION else self._socket
        part.cut(connection, reason)

    def accept(self, accepting: bool) -> None:
        """Let new connections come, or let them wait."""
        self._socket.accept(accepting)
        self._web.accept(accepting)

    def cut_revoked(self) -> None:
        """End the connections whose keys are no longer on the allow-list; browsers have a token instead."""
        self._socket.cut_revoked()

    def reconnect(self) -> None:
        """Do nothing: this side listens."""

    def send(self, peer: bytes, data: bytes) -> SendOutcome:
        """Hand a message to the peer's socket, without waiting."""
        return (self._web if is_web_peer(peer) else self._socket).send(peer, data)

    def wake(self) -> None:
        """Make a `poll` that waits, or the next one, return at once. Safe from any thread, at any time."""
        self._socket.wake()

    def close(self, linger_ms: int = 0) -> None:
        """Close the socket; the server ends the WebSockets."""
        self._socket.close(linger_ms)
