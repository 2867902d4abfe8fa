"""CURVE keys, and the text that people exchange them as.

As text a key is 52 characters of lower-case base32: no shell, address or e-mail changes a character of it,
which cannot be said of the Z85 that ZeroMQ itself prints.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field

from narrowcast.errors import ProtocolError

KEY_BYTES = 32
KEY_CHARACTERS = 52


class KeyTextError(ProtocolError):
    """A text is no key; says what was needed and what came, without repeating the text."""


@dataclass(frozen=True, kw_only=True)
class KeyPair:
    """One machine's keys."""

    public: bytes
    "identifies the machine; may be shown to everybody"
    secret: bytes = field(repr=False)
    "proves the public key; never leaves the machine"


@dataclass(frozen=True, kw_only=True)
class Security:
    """The keys of a socket: its own, the one that the other side has to prove, and those that may connect."""

    own: KeyPair
    "this machine's keys"
    other: bytes | None = None
    "the public key that the other side has to prove; only where we connect"
    allowed: Callable[[], frozenset[bytes]] = frozenset
    "returns the public keys that may connect now; called for each connection, only where we listen"


def key_text(key: bytes) -> str:
    """Write a key as 52 characters."""
    assert len(key) == KEY_BYTES
    return base64.b32encode(key).decode("ascii").rstrip("=").lower()


def parse_key(text: str) -> bytes:
    """Read a key; KeyTextError where it is none."""
    stripped = text.strip()
    if len(stripped) != KEY_CHARACTERS:
        raise KeyTextError(f"a key has {KEY_CHARACTERS} characters, this has {len(stripped)}")
    try:
        key = base64.b32decode(stripped.upper().encode("ascii") + b"====")
    except (binascii.Error, UnicodeEncodeError) as error:
        raise KeyTextError("a key has only the letters a to z and the digits 2 to 7") from error
    # The last character holds four bits that belong to no byte: each key is to have one text.
    if key_text(key) != stripped.lower():
        raise KeyTextError("its last character cannot end a key: was it copied whole?")
    return key
