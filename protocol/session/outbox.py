"""The messages that a session sends, and what the transport did with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from protocol.wire.messages import Message
from protocol.wire.packing import pack


class SendOutcome(Enum):
    """What a transport did with a message."""

    SENT = auto()
    "handed to the socket"
    FULL = auto()
    "thrown away: the peer's queue is full, or nobody is connected at the moment"
    UNREACHABLE = auto()
    "thrown away: that peer's connection is gone and will not come back under this name"


@dataclass(frozen=True, kw_only=True)
class OutgoingMessage:
    """One message for one peer."""

    peer: bytes
    "ROUTER identity; empty for the only peer of a DEALER"
    data: bytes
    "as it goes onto the wire"
    message: Message
    "what the data says"


class Outbox:
    """Collects messages and packs them at the moment they leave, stamped with that moment."""

    def __init__(self, stamp: Callable[[Message, int], Message]) -> None:
        """Make an empty outbox; `stamp(message, now_us)` fills in the time of sending."""
        self._stamp = stamp
        self._waiting: list[tuple[bytes, Message]] = []

    def put(self, peer: bytes, message: Message) -> None:
        """Queue a message."""
        self._waiting.append((peer, message))

    def forget(self, peer: bytes) -> None:
        """Throw away what waits for one peer."""
        self._waiting = [entry for entry in self._waiting if entry[0] != peer]

    def drain(self, now_us: int) -> list[OutgoingMessage]:
        """Stamp, pack and hand over everything; a message that goes to several peers is packed once."""
        packed: dict[int, tuple[Message, bytes]] = {}
        outgoing = []
        for peer, waiting in self._waiting:
            if id(waiting) not in packed:
                stamped = self._stamp(waiting, now_us)
                packed[id(waiting)] = (stamped, pack(stamped))
            message, data = packed[id(waiting)]
            outgoing.append(OutgoingMessage(peer=peer, data=data, message=message))
        self._waiting = []
        return outgoing
