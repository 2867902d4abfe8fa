"""Where the page is served, and the address that a browser opens."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from narrowcast.errors import ConfigError, OutputError
from narrowcast.runtime.addresses import is_loopback, reachable_url

_ADDRESS = re.compile(r"(?:(?P<host>\[[0-9a-fA-F:]+\]|[^:\[\]/?#@\s]*):)?(?P<port>\d{1,5})")
_ORIGIN = re.compile(r"https?://(\[[0-9a-fA-F:]+\]|(\*\.)?[A-Za-z0-9.-]+)(:(\d{1,5}|\*))?")
_EVERY_INTERFACE = ("*", "0.0.0.0", "[::]")


class WebAddressError(ConfigError):
    """The text is no address for a page; it says what would be one."""


class WebError(OutputError):
    """The page cannot be served; the text says what is wrong and how to fix it."""


@dataclass(frozen=True, kw_only=True)
class WebAddress:
    """Where the page's server listens, and the token that it asks for."""

    host: str
    "name or number, IPv6 in brackets; * for every interface"
    port: int
    "0 picks a free one"
    token: str = ""
    "what a request has to contain; empty where only this machine can connect"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can connect."""
        return is_loopback(f"tcp://{self.host}:{self.port}")

    @property
    def bind_host(self) -> str:
        """What the socket is bound to."""
        return "0.0.0.0" if self.host == "*" else self.host.strip("[]")

    def url(self, port: int, scheme: str = "http") -> str:
        """What to open in a browser, the server having got this port."""
        host = self.host
        if host in _EVERY_INTERFACE:
            host = reachable_url(f"tcp://{host}:{port}").partition("://")[2].rpartition(":")[0]
        return f"{scheme}://{host}:{port}/" + (f"?token={self.token}" if self.token else "")


def parse_web_address(text: str) -> WebAddress:
    """Read "127.0.0.1:8080", "*:8080", ":8080" or "8080"; beyond this machine a token is drawn.

    A port alone is served to this machine, one with a colon in front on every interface.
    """
    match = _ADDRESS.fullmatch(text.strip())
    if match is None or int(match["port"]) > 65535:
        raise WebAddressError(
            f"is {text!r}; write it as HOST:PORT, for example 127.0.0.1:8080", setting="web"
        )
    host = "127.0.0.1" if match["host"] is None else match["host"] or "*"
    address = WebAddress(host=host, port=int(match["port"]))
    if address.loopback:
        return address
    return WebAddress(host=address.host, port=address.port, token=secrets.token_urlsafe(16))


def parse_frame_ancestors(text: str) -> str:
    """Read "https://home.example http://nas:8123", or "*": the sources of the CSP directive of that name."""
    for origin in text.split():
        if origin != "*" and _ORIGIN.fullmatch(origin) is None:
            raise WebAddressError(
                f"has {origin!r}; write each site as https://HOST or http://HOST:PORT, or * for any",
                setting="web_embed",
            )
    return " ".join(text.split())
