"""Who may stay connected: a limit on connections, a time to say HELLO, a pace of messages. Sans-I/O."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

HANDSHAKE_US = 3_000_000
"What a connection may take until its first message could come: ZeroMQ's greeting, and the keys."

HELLO_US = 3_000_000
"Who sends messages has this long until the session knows them; so has who was said goodbye to."

MAX_CONNECTIONS = 64
"Four times the receivers that a sender takes unless told otherwise: the others are coming or going."

MESSAGES_PER_S = 300
"At 240 frames a second, the most a sender takes, a receiver sends 240 ACKs and a few others."

BURST_MESSAGES = 600
"What may come at once, after a link has been frozen."


class Pace:
    """Lets through so many messages a second, and a burst now and then."""

    def __init__(self, now_us: int) -> None:
        self._left: float = BURST_MESSAGES
        self._counted_us = now_us

    def take(self, now_us: int) -> bool:
        """Count a message; False where it is one too many."""
        grown = self._left + (now_us - self._counted_us) * MESSAGES_PER_S / 1e6
        self._left, self._counted_us = min(grown, BURST_MESSAGES), now_us
        if self._left < 1:
            return False
        self._left -= 1
        return True


@dataclass(kw_only=True)
class Guest:
    """One connection."""

    due_us: int | None
    "when it has to be known to the session; None while it is"
    pace: Pace
    "of its messages"
    peer: bytes | None = None
    "the name its messages carry; None before the first"
    cut: bool = False
    "it was told to leave"


@dataclass(frozen=True, kw_only=True)
class Expulsion:
    """A connection that has to go."""

    connection: int
    "its number"
    reason: str
    "one line"


class Doorkeeper:
    """Watches the connections of a socket that listens."""

    def __init__(self, max_connections: int = MAX_CONNECTIONS) -> None:
        self.messages_refused = 0
        "over the pace, or from a connection that was told to leave"
        self._max_connections = max_connections
        self._guests: dict[int, Guest] = {}
        self._leaving: list[Expulsion] = []

    def opened(self, connection: int, now_us: int) -> None:
        """Somebody came."""
        due_us = now_us + HANDSHAKE_US + HELLO_US
        self._guests[connection] = Guest(due_us=due_us, pace=Pace(now_us))
        if len(self._guests) > self._max_connections:
            self._expel(connection, f"more than {self._max_connections} connections")

    def closed(self, connection: int) -> None:
        """Somebody left."""
        self._guests.pop(connection, None)

    def admit(self, connection: int, peer: bytes, now_us: int) -> bool:
        """Count a message; False where it is to be thrown away unread."""
        guest = self._guests.get(connection)
        if guest is None:  # it has left, and its last words came after
            return True
        if guest.peer is None and guest.due_us is not None:
            guest.due_us = min(guest.due_us, now_us + HELLO_US)
        guest.peer = peer
        if not guest.pace.take(now_us):
            self._expel(connection, f"more than {MESSAGES_PER_S} messages a second")
        if guest.cut:
            self.messages_refused += 1
        return not guest.cut

    def expulsions(self, knows: Callable[[bytes], bool], now_us: int) -> list[Expulsion]:
        """Tell who has to go now; `knows` says whether the session has welcomed a peer."""
        for connection, guest in self._guests.items():
            if guest.peer is not None and knows(guest.peer):
                guest.due_us = None
            elif guest.due_us is None:
                guest.due_us = now_us + HELLO_US
            elif now_us >= guest.due_us:
                self._expel(connection, "it did not say hello in time, or was turned away")
        leaving, self._leaving = self._leaving, []
        return leaving

    def _expel(self, connection: int, reason: str) -> None:
        guest = self._guests[connection]
        if not guest.cut:
            guest.cut = True
            self._leaving.append(Expulsion(connection=connection, reason=reason))
