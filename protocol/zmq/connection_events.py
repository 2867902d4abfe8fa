"""What a socket tells about its connections, beside their messages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias


@dataclass(frozen=True, kw_only=True)
class ConnectionOpened:
    """Somebody connected to us; nothing is known about them yet."""

    connection: int
    "its number; free again after ConnectionClosed"


@dataclass(frozen=True, kw_only=True)
class ConnectionClosed:
    """A connection ended, from either side."""

    connection: int
    "its number"


@dataclass(frozen=True, kw_only=True)
class ConnectionCut:
    """We ended a connection."""

    address: str
    "where it came from; empty where that is not known"
    reason: str
    "one line"


@dataclass(frozen=True, kw_only=True)
class StrangerRefused:
    """A key that is not on the list wanted to come in."""

    key: bytes
    "public key"
    address: str
    "where it came from, safe to print"


class HandshakeFailure(Enum):
    """Why we were not let in where we connect."""

    KEY_REFUSED = auto()
    "our key is not on the other side's list"
    MECHANISM = auto()
    "one side has keys, the other has none"
    BROKEN_OFF = auto()
    "the other side hung up in the middle: our address has another key than it, or it is no narrowcast"


@dataclass(frozen=True, kw_only=True)
class HandshakeFailed:
    """We connected and were not let in."""

    failure: HandshakeFailure
    "why, as far as we are told"


ConnectionEvent: TypeAlias = (
    ConnectionOpened | ConnectionClosed | ConnectionCut | StrangerRefused | HandshakeFailed
)
LinkNotice: TypeAlias = ConnectionCut | StrangerRefused | HandshakeFailed
"those that people want to know of"
