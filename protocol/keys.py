"""CURVE keys, and how people hand them to each other.

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
    """Text that is no key; says what was needed and what came, without repeating it."""


@dataclass(frozen=True, kw_only=True)
class KeyPair:
    """One machine's keys."""

    public: bytes
    "who it is; may be shown to anybody"
    secret: bytes = field(repr=False)
    "proves it; never leaves the machine"


@dataclass(frozen=True, kw_only=True)
class Security:
    """What a socket needs to let in only those it knows, and to know whom it talks to."""

    own: KeyPair
    "this machine's keys"
    other: bytes | None = None
    "the public key that the other side has to prove; only where we connect"
    allowed: Callable[[], frozenset[bytes]] = frozenset
    "the public keys that may connect at this moment; asked anew each time, only where we listen"


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
