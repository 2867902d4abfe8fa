"""The messages that a session sends, and what the transport did with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from narrowcast.protocol.wire.messages import Ack, Message
from narrowcast.protocol.wire.packing import pack


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


@dataclass(kw_only=True)
class _Rider:
    """A message that waits for another one to ride on."""

    peer: bytes
    message: Message
    patience_us: int
    due_us: int | None = None
    "when it goes out by itself; None until the first drain after it was put"


class Outbox:
    """Collects messages and packs them at the moment they leave, stamped with that moment."""

    def __init__(self, stamp: Callable[[Message, int], Message]) -> None:
        """Make an empty outbox; `stamp(message, now_us)` fills in the time of sending."""
        self._stamp = stamp
        self._waiting: list[tuple[bytes, Message]] = []
        self._riders: list[_Rider] = []

    def put(self, peer: bytes, message: Message, *, patience_us: int = 0) -> None:
        """Queue a message; one with patience waits so long for an ACK that it can ride on."""
        if patience_us:
            self._riders.append(_Rider(peer=peer, message=message, patience_us=patience_us))
        else:
            self._waiting.append((peer, message))

    def forget(self, peer: bytes) -> None:
        """Throw away what waits for one peer."""
        self._waiting = [entry for entry in self._waiting if entry[0] != peer]
        self._riders = [rider for rider in self._riders if rider.peer != peer]

    def timers_us(self) -> list[int]:
        """When messages that wait to ride go out by themselves."""
        return [rider.due_us for rider in self._riders if rider.due_us is not None]

    def drain(self, now_us: int) -> list[OutgoingMessage]:
        """Stamp, pack and hand over everything; a message that goes to several peers is packed once."""
        for rider in self._riders:
            rider.due_us = now_us + rider.patience_us if rider.due_us is None else rider.due_us
        packed: dict[int, tuple[Message, bytes]] = {}
        outgoing = []
        for peer, waiting in self._waiting:
            if isinstance(waiting, Ack):
                outgoing.append(self._with_rider(peer, waiting, now_us))
                continue
            if id(waiting) not in packed:
                stamped = self._stamp(waiting, now_us)
                packed[id(waiting)] = (stamped, pack(stamped))
            message, data = packed[id(waiting)]
            outgoing.append(OutgoingMessage(peer=peer, data=data, message=message))
        self._waiting = []
        for rider in [rider for rider in self._riders if (rider.due_us or 0) <= now_us]:
            self._riders.remove(rider)
            stamped = self._stamp(rider.message, now_us)
            outgoing.append(OutgoingMessage(peer=rider.peer, data=pack(stamped), message=stamped))
        return outgoing

    def _with_rider(self, peer: bytes, ack: Ack, now_us: int) -> OutgoingMessage:
        """Pack an ACK with the message that has waited longest for one; two would delay each other."""
        rider = next((rider for rider in self._riders if rider.peer == peer), None)
        if rider is not None:
            self._riders.remove(rider)
        riders = [] if rider is None else [self._stamp(rider.message, now_us)]
        return OutgoingMessage(peer=peer, data=pack(ack, riders), message=ack)
