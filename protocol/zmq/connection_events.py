"""What a socket reports about its connections, beside their messages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias


@dataclass(frozen=True, kw_only=True)
class ConnectionOpened:
    """A peer connected to us; nothing is known about it yet."""

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
class UnknownKeyRefused:
    """A connection was refused because its key is not on the allow-list."""

    key: bytes
    "public key"
    address: str
    "where the connection came from, safe to print"


class HandshakeFailure(Enum):
    """Why a handshake failed where we connect."""

    KEY_REFUSED = auto()
    "our key is not on the other side's allow-list"
    MECHANISM = auto()
    "one side has keys, the other has none"
    BROKEN_OFF = auto()
    "the other side ended the connection: our address has another key than it, or it is not Narrowcast"


@dataclass(frozen=True, kw_only=True)
class HandshakeFailed:
    """We connected, and the handshake failed."""

    failure: HandshakeFailure
    "why, as far as we are told"


ConnectionEvent: TypeAlias = (
    ConnectionOpened | ConnectionClosed | ConnectionCut | UnknownKeyRefused | HandshakeFailed
)
LinkNotice: TypeAlias = ConnectionCut | UnknownKeyRefused | HandshakeFailed
"the events that are told to people"
