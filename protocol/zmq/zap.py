"""ZAP (ZeroMQ RFC 27): libzmq asks for each connection whether its key is allowed, and we answer.

Written out here and not taken from pyzmq's Authenticator: that one lets connections without any key pass,
needs a thread with an event loop of its own, and logs what peers send without making it printable.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from narrowcast.protocol.keys import KEY_BYTES, key_text
from narrowcast.text import printable

_VERSION = b"1.0"
_MECHANISM = b"CURVE"
_REQUEST_PARTS = 7
"version, request id, domain, address, identity, mechanism, key"


@dataclass(frozen=True, kw_only=True)
class ZapVerdict:
    """Whether a connection is accepted."""

    reply: list[bytes]
    "what to send back"
    allowed: bool
    "as the reply says"
    key: bytes = b""
    "the key that asked; empty where the request was not about one"
    address: str = ""
    "where it asks from, safe to print"


def judge(request: Sequence[bytes], allowed: Collection[bytes]) -> ZapVerdict:
    """Answer one request; whatever is not exactly an allowed CURVE key is refused."""
    request_id = request[1] if len(request) > 1 else b""
    if len(request) != _REQUEST_PARTS or request[0] != _VERSION or request[5] != _MECHANISM:
        return ZapVerdict(reply=_reply(request_id, b"400"), allowed=False)
    address, key = printable(request[3].decode("utf-8", "replace")), request[6]
    if len(key) != KEY_BYTES or key not in allowed:
        key = key if len(key) == KEY_BYTES else b""
        return ZapVerdict(reply=_reply(request_id, b"400"), allowed=False, key=key, address=address)
    # The user id comes back with every message of the connection: it says whose message that is.
    reply = _reply(request_id, b"200", key_text(key).encode("ascii"))
    return ZapVerdict(reply=reply, allowed=True, key=key, address=address)


def _reply(request_id: bytes, status: bytes, user_id: bytes = b"") -> list[bytes]:
    text = b"OK" if status == b"200" else b"no access"
    return [_VERSION, request_id, status, text, user_id, b""]
