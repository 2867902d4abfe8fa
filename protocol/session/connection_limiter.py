"""Which connections may stay: a limit on their number, a time limit for HELLO, a message rate. Sans-I/O."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

HANDSHAKE_US = 3_000_000
"What a connection may take until its first message could come: ZeroMQ's greeting, and the keys."

HELLO_US = 3_000_000
"A peer that sends messages is unauthenticated for so long at most; so is one whose session has ended."

MAX_CONNECTIONS = 64
"Four times the default limit on receivers: the others are connecting or leaving."

MESSAGES_PER_S = 300
"At 240 frames a second, the most a sender takes, a receiver sends 240 ACKs and a few others."

BURST_MESSAGES = 600
"What may come at once, after a link has been frozen."


KNOWN_CHECK_US = 100_000
"Between two looks whether peers with a session still have it; those without one are watched all the time."


class MessageRateLimit:
    """A token bucket: lets through so many messages a second, and a burst now and then."""

    def __init__(self, now_us: int) -> None:
        self._tokens: float = BURST_MESSAGES
        self._filled_us = now_us

    def take(self, now_us: int) -> bool:
        """Count a message; False where it is one too many."""
        tokens = self._tokens + (now_us - self._filled_us) * MESSAGES_PER_S / 1e6
        self._tokens, self._filled_us = min(tokens, BURST_MESSAGES), now_us
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


@dataclass(kw_only=True)
class _Connection:
    """One connection, as the limiter sees it."""

    hello_due_us: int | None
    "when the session has to know its peer; None while it does"
    rate_limit: MessageRateLimit
    "of its messages"
    peer: bytes | None = None
    "the name its messages carry; None before the first"
    disconnected: bool = False
    "it is on the list of disconnections, or was"


@dataclass(frozen=True, kw_only=True)
class Disconnection:
    """A connection that has to be disconnected."""

    connection: int
    "its number"
    reason: str
    "one line"


class ConnectionLimiter:
    """Watches the connections of a socket that listens."""

    def __init__(self, max_connections: int = MAX_CONNECTIONS) -> None:
        self.messages_refused = 0
        "over the rate limit, or from a connection that is to be disconnected"
        self._max_connections = max_connections
        self._connections: dict[int, _Connection] = {}
        self._unknown: dict[int, _Connection] = {}
        "of these, those whose peer had no session when it was last looked at"
        self._known_check_us = 0
        self._waiting: list[Disconnection] = []

    @property
    def full(self) -> bool:
        """Whether there are as many connections as may be."""
        return len(self._connections) >= self._max_connections

    def opened(self, connection: int, now_us: int) -> None:
        """A connection was opened; nothing is known of its peer yet."""
        self._connections[connection] = self._unknown[connection] = _Connection(
            hello_due_us=now_us + HANDSHAKE_US + HELLO_US, rate_limit=MessageRateLimit(now_us)
        )
        if len(self._connections) > self._max_connections:
            self._disconnect(connection, f"more than {self._max_connections} connections")

    def closed(self, connection: int) -> None:
        """A connection was closed."""
        self._connections.pop(connection, None)
        self._unknown.pop(connection, None)

    def admit(self, connection: int, peer: bytes, now_us: int) -> bool:
        """Count a message; False where it is to be thrown away unread."""
        found = self._connections.get(connection)
        if found is None:  # it has closed already, and this message came before
            return True
        if found.peer is None and found.hello_due_us is not None:
            found.hello_due_us = min(found.hello_due_us, now_us + HELLO_US)
        found.peer = peer
        if not found.rate_limit.take(now_us):
            self._disconnect(connection, f"more than {MESSAGES_PER_S} messages a second")
        if found.disconnected:
            self.messages_refused += 1
        return not found.disconnected

    def disconnections(self, knows: Callable[[bytes], bool], now_us: int) -> list[Disconnection]:
        """List the connections to end now, each once; `knows` says whether a peer has a session."""
        watched = self._unknown
        if now_us >= self._known_check_us:
            self._known_check_us = now_us + KNOWN_CHECK_US
            watched = self._connections
        for connection, found in list(watched.items()):
            if found.peer is not None and knows(found.peer):
                found.hello_due_us = None
                self._unknown.pop(connection, None)
            elif found.hello_due_us is None:
                found.hello_due_us = now_us + HELLO_US
                self._unknown[connection] = found
            elif now_us >= found.hello_due_us:
                self._disconnect(connection, "it did not say hello in time, or was turned away")
        waiting, self._waiting = self._waiting, []
        return waiting

    def _disconnect(self, connection: int, reason: str) -> None:
        found = self._connections[connection]
        if not found.disconnected:
            found.disconnected = True
            self._waiting.append(Disconnection(connection=connection, reason=reason))
