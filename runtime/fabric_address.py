"""Addresses as they are typed: a fabric's server, nats://HOST:PORT?cert=..., and its cameras, fabric:NAME."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from narrowcast.errors import ConfigError, Remedy, SecurityError
from narrowcast.text import printable

DEFAULT_PORT = 4222
LOCAL = "local"
LOCAL_URL = f"nats://127.0.0.1:{DEFAULT_PORT}"
"Where `--fabric local` starts a server, and where viewers look that are told of no other."

SCHEME = "fabric:"

_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
"A dot or a wildcard in a name would reach the subjects of other cameras."
_PIN = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class FabricAddress:
    """Where a server is, and how a connection to it is protected."""

    host: str
    "name or address, IPv6 without brackets"
    port: int
    "TCP port"
    pin: str = ""
    "SHA-256 of the server's certificate (64 hexadecimal digits), which it has to show; empty: not pinned"
    tls: bool = False
    "encrypted; where there is no pin, the certificate has to be of an authority that this machine knows"
    user: str = ""
    "user and password as in a URL, for servers that go by them; empty: none"
    local: bool = False
    "the server is started by whoever needs it, on loopback"

    @property
    def url(self) -> str:
        """The address for the NATS client."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"nats://{self.user + '@' if self.user else ''}{host}:{self.port}"

    @property
    def label(self) -> str:
        """The address for people: without key and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"nats://{host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback_host(self.host)


def is_loopback_host(host: str) -> bool:
    """Whether a host is this machine, seen from itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse_fabric(text: str) -> FabricAddress:
    """Read an address; ConfigError where it is none."""
    text = text.strip()
    if text == LOCAL:
        return FabricAddress(host="127.0.0.1", port=DEFAULT_PORT, local=True)
    problem = ConfigError(
        f"is {printable(text, 100)!r}; write it as local, nats://HOST:PORT?cert=... or tls://HOST:PORT",
        setting="fabric",
    )
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port or DEFAULT_PORT
    except ValueError as error:
        raise problem from error
    if parts.scheme not in ("nats", "tls") or not host or parts.path not in ("", "/"):
        raise problem
    query = parse_qs(parts.query)
    pin = query.pop("cert", [""])[0].lower()
    if query or (pin and not _PIN.fullmatch(pin)):
        raise ConfigError(
            "has a damaged fingerprint: paste the address whole, as narrowcast fabric run prints it",
            setting="fabric",
        )
    user = parts.netloc.rpartition("@")[0]
    return FabricAddress(host=host, port=port, pin=pin, tls=bool(pin) or parts.scheme == "tls", user=user)


def check_protected(address: FabricAddress, *, insecure: bool) -> None:
    """Refuse to talk to another machine in the clear; SecurityError."""
    if address.tls or address.loopback or insecure:
        return
    raise SecurityError(
        f"the address {address.label} has no fingerprint: paste it whole, as narrowcast fabric run prints it "
        "(nats://HOST:PORT?cert=...), or give tls:// for a server with a certificate of a known authority",
        remedy=Remedy(setting="fabric_insecure", when="only if that server is to run without encryption"),
    )


def check_camera(name: str, setting: str = "") -> str:
    """Return the name of a camera; ConfigError where it is none."""
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{printable(name, 64)!r} is no name of a camera: it may have letters, digits, - and _, "
            "32 at most (dots and wildcards would reach other cameras)",
            setting=setting,
        )
    return name


def is_fabric(address: str) -> bool:
    """Whether an address is that of a camera in a fabric."""
    return address.startswith(SCHEME)


def camera_of(address: str) -> str:
    """Read "fabric:front" as "front"; ConfigError where it names no camera."""
    return check_camera(address.removeprefix(SCHEME))


def address_of(camera: str) -> str:
    """The address of a camera, for receive, send and play."""
    return SCHEME + camera
