"""Addresses as people type them: checked before ZeroMQ sees them, because its own errors name nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from protocol.errors import TransportError
from protocol.text import printable

_TCP = re.compile(r"tcp://(?P<host>\[[0-9A-Fa-f:.%]+\]|[^:/\[\]\s]+):(?P<port>\d{1,5})")
_LOCAL = re.compile(r"(ipc|inproc)://\S+")

EXAMPLE = "tcp://127.0.0.1:5555"
"What an error shows as an address that works."


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One address, checked."""

    url: str
    "as ZeroMQ takes it"
    host: str = ""
    "of a tcp address"
    port: int = 0
    "of a tcp address; 0 lets the system choose one"

    @property
    def ipv6(self) -> bool:
        """The host is a literal IPv6 address."""
        return self.host.startswith("[")


def parse_endpoint(url: str, *, bind: bool) -> Endpoint:
    """Check an address for listening or connecting; TransportError says what is wrong with it."""
    shown = printable(url)
    if _LOCAL.fullmatch(url):
        return Endpoint(url=url)
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
    return Endpoint(url=url, host=host, port=port)
