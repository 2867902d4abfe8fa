"""What can go wrong in the protocol, by name."""

from __future__ import annotations

from narrowcast.errors import ProtocolError


class MessageError(ProtocolError):
    """Bytes that are not a message of this protocol: count them, drop them, go on."""


class TransportError(ProtocolError):
    """A socket cannot be opened or used; the text says what is wrong and how to fix it."""
