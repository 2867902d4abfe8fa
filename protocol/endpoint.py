"""Addresses as people type them, checked before ZeroMQ gets them, whose own errors do not name the fault."""

from __future__ import annotations

import re
from dataclasses import dataclass

from narrowcast.protocol.errors import TransportError
from narrowcast.protocol.keys import KeyTextError, key_text, parse_key
from narrowcast.text import printable

_TCP = re.compile(r"tcp://(?P<host>\[[0-9A-Fa-f:.%]+\]|[^:/\[\]?\s]+):(?P<port>\d{1,5})")
_KEY_QUERY = "?key="
_LOCAL = re.compile(r"(ipc|inproc)://\S+")

EXAMPLE = "tcp://127.0.0.1:5555"
"The example that error texts give."


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One address, checked."""

    url: str
    "as ZeroMQ takes it"
    host: str = ""
    "of a tcp address"
    port: int = 0
    "of a tcp address; 0 lets the system choose one"
    key: bytes | None = None
    "public key that the listening side has to prove; None where the address names none"

    @property
    def ipv6(self) -> bool:
        """The host is a literal IPv6 address."""
        return self.host.startswith("[")


def parse_endpoint(url: str, *, bind: bool) -> Endpoint:
    """Check an address for listening or connecting; TransportError says what is wrong with it."""
    shown = printable(url)
    url, query, text = url.partition(_KEY_QUERY)
    if query and bind:
        raise TransportError(f"{shown!r} has a key: to listen, leave out {_KEY_QUERY} and what follows")
    key = _parse_query(text, shown) if query else None
    if _LOCAL.fullmatch(url):
        return Endpoint(url=url, key=key)
    match = _TCP.fullmatch(url)
    if match is None:
        raise TransportError(f"{shown!r} is no address: write it as tcp://HOST:PORT, such as {EXAMPLE}")
    host, port = match["host"], int(match["port"])
    if port > 65535:
        raise TransportError(f"{shown!r} has port {port}: a port is a number from 1 to 65535")
    if not bind and port == 0:
        raise TransportError(f"{shown!r} has port 0: to connect, give the port that the other side printed")
    if not bind and host in ("*", "0.0.0.0", "[::]"):
        raise TransportError(
            f"{shown!r} names no machine: to connect, give the other machine's address, such as {EXAMPLE}"
        )
    return Endpoint(url=url, host=host, port=port, key=key)


def with_key(url: str, key: bytes | None) -> str:
    """The address with its key, as people paste it; the inverse of `parse_endpoint`."""
    return url if key is None else f"{url}{_KEY_QUERY}{key_text(key)}"


def _parse_query(text: str, shown: str) -> bytes:
    try:
        return parse_key(text)
    except KeyTextError as error:
        raise TransportError(
            f"{shown!r} has no whole key: {error}; paste the address as the other side printed it"
        ) from error
