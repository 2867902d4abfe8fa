"""Carries messages between a session and a transport: the loop of both programs' network threads."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Protocol

from narrowcast.protocol.session.connection_limiter import (
    MAX_CONNECTIONS,
    ConnectionLimiter,
    MessageRateLimit,
)
from narrowcast.protocol.session.outbox import OutgoingMessage, SendOutcome
from narrowcast.protocol.zmq.connection_events import (
    ConnectionClosed,
    ConnectionEvent,
    ConnectionOpened,
    HandshakeFailed,
    HandshakeFailure,
    LinkNotice,
)
from narrowcast.protocol.zmq.transport import Packet

logger = logging.getLogger(__name__)

REVOCATION_CHECK_US = 500_000
"How long a revoked key may still be connected."

RECONNECT_US = 1_000_000
"Between two tries after a refusal: our key may be allowed meanwhile."

MAX_NOTICES = 32
"Unauthenticated peers must not fill the memory of a program that does not take its notices."


class Session(Protocol):
    """What the link needs of either session, which is sans-I/O. Times are monotonic microseconds."""

    def receive(self, peer: bytes, data: bytes, now_us: int) -> None:
        """Take one message from a peer; what is malformed is counted and dropped."""
        ...

    def peer_failed(self, peer: bytes, reason: str, now_us: int) -> None:
        """End the session of a peer whose message led to an error here."""
        ...

    def knows(self, peer: bytes) -> bool:
        """Say whether a peer belongs to the session; others are disconnected after a while."""
        ...

    def messages_to_send(self, now_us: int) -> list[OutgoingMessage]:
        """Run the timers and return the messages to send now."""
        ...

    def not_sent(self, message: OutgoingMessage, outcome: SendOutcome, now_us: int) -> None:
        """Take back a message that the transport threw away."""
        ...

    def next_timer_us(self, now_us: int) -> int:
        """The time at which `messages_to_send` has something to do even if nothing comes in."""
        ...

    def take_reconnect(self) -> bool:
        """Say, once, that the connection is dead and the transport should make a new one."""
        ...


class LinkTransport(Protocol):
    """What the link needs of a transport: a ZeroMQ socket, or one together with WebSockets."""

    @property
    def bind(self) -> bool:
        """Whether it listens."""
        ...

    @property
    def wire_bytes_in(self) -> int:
        """Messages received, with an estimate of framing and headers."""
        ...

    @property
    def wire_bytes_out(self) -> int:
        """Messages sent, likewise."""
        ...

    @property
    def malformed_packets(self) -> int:
        """Messages of a form that no peer of ours sends."""
        ...

    def poll(self, timeout_ms: int) -> list[Packet]:
        """Wait for anything to happen, a `wake` or the timeout; return the messages, oldest first."""
        ...

    def connection_events(self) -> list[ConnectionEvent]:
        """What happened to connections before the last `poll` read messages."""
        ...

    def cut(self, connection: int, reason: str) -> None:
        """End a connection that came to us."""
        ...

    def accept(self, accepting: bool) -> None:
        """Let new connections come, or let them wait."""
        ...

    def cut_revoked(self) -> None:
        """End the connections whose keys are no longer on the allow-list."""
        ...

    def reconnect(self) -> None:
        """Make a new connection, where this side connects."""
        ...

    def send(self, peer: bytes, data: bytes) -> SendOutcome:
        """Hand a message over, without waiting."""
        ...

    def wake(self) -> None:
        """Make a `poll` that waits, or the next one, return at once. Safe from any thread."""
        ...

    def close(self, linger_ms: int = ...) -> None:
        """Close it."""
        ...


class Link:
    """Belongs to one thread; only the wake of its transport may be called from others."""

    def __init__(
        self,
        session: Session,
        transport: LinkTransport,
        clock_us: Callable[[], int],
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        """Tie a session to a transport.

        Args:
            session: says what to send.
            transport: sends it.
            clock_us: reads the monotonic clock in microseconds.
            max_connections: one more to a socket that listens is disconnected.
        """
        self._session = session
        self._transport = transport
        self._clock_us = clock_us
        self._limiter = ConnectionLimiter(max_connections)
        self._rate_limit = MessageRateLimit(clock_us())
        self._notices: deque[LinkNotice] = deque(maxlen=MAX_NOTICES)
        self._check_keys_us = 0
        self._reconnect_us: int | None = None

    @property
    def messages_refused(self) -> int:
        """Messages thrown away unread, because their sender sent too many."""
        return self._limiter.messages_refused

    def notices(self) -> list[LinkNotice]:
        """What happened to connections since the last call and is to be told to people."""
        notices = list(self._notices)
        self._notices.clear()
        return notices

    def step(self, timeout_ms: int) -> None:
        """Send what is due, wait for a message, and take it in.

        A wake-up, the session's next timer or the timeout end the waiting.
        """
        self.flush()
        now_us = self._clock_us()
        timer_ms = max(0, -(-(self._session.next_timer_us(now_us) - now_us) // 1000))
        packets = self._transport.poll(min(timeout_ms, timer_ms))
        self._watch_connections()
        for packet in packets:
            if self._admit(packet):
                self._receive(packet)
        self._disconnect_offenders()
        self.flush()

    def flush(self) -> None:
        """Send what the session has ready."""
        for message in self._session.messages_to_send(self._clock_us()):
            outcome = self._transport.send(message.peer, message.data)
            if outcome is not SendOutcome.SENT:
                self._session.not_sent(message, outcome, self._clock_us())
        if self._session.take_reconnect():
            self._transport.reconnect()

    def _receive(self, packet: Packet) -> None:
        """Give the session a message; an error that it leads to ends the session of this peer alone."""
        try:
            self._session.receive(packet.peer, packet.data, self._clock_us())
        except Exception as error:
            reason = f"its message led to {type(error).__name__} here"
            logger.warning("a peer was disconnected: %s", reason)
            logger.debug("the error", exc_info=True)
            self._session.peer_failed(packet.peer, reason, self._clock_us())
            if self._transport.bind:
                self._transport.cut(packet.connection, reason)

    def _watch_connections(self) -> None:
        now_us = self._clock_us()
        for event in self._transport.connection_events():
            self._note(event, now_us)
        # What ZeroMQ accepted since the last pass is cut; no more comes until one of the others has gone.
        self._transport.accept(not self._limiter.full)
        if self._reconnect_us is not None and now_us >= self._reconnect_us:
            self._reconnect_us = None
            self._transport.reconnect()

    def _note(self, event: ConnectionEvent, now_us: int) -> None:
        if isinstance(event, ConnectionOpened):
            self._limiter.opened(event.connection, now_us)
        elif isinstance(event, ConnectionClosed):
            self._limiter.closed(event.connection)
        else:
            self._notices.append(event)
        # After a connection that broke off, ZeroMQ tries again by itself.
        if isinstance(event, HandshakeFailed) and event.failure is not HandshakeFailure.BROKEN_OFF:
            self._reconnect_us = now_us + RECONNECT_US

    def _admit(self, packet: Packet) -> bool:
        now_us = self._clock_us()
        if not self._transport.bind:
            return self._rate_limit.take(now_us)
        return self._limiter.admit(packet.connection, packet.peer, now_us)

    def _disconnect_offenders(self) -> None:
        """Cut the connections that break the limits, and those whose key was revoked."""
        now_us = self._clock_us()
        for disconnection in self._limiter.disconnections(self._session.knows, now_us):
            self._transport.cut(disconnection.connection, disconnection.reason)
        if now_us >= self._check_keys_us:
            self._check_keys_us = now_us + REVOCATION_CHECK_US
            self._transport.cut_revoked()
