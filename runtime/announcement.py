"""What a sender says about itself on the local network, and what is believed of that.

DNS service discovery (RFC 6763) over multicast DNS: an instance of SERVICE_TYPE with a port, addresses, and
properties as short texts. Anybody on the network may say anything: all of it is checked, and what goes into
an address to paste is a number, an IP address or a key, never text.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from narrowcast.errors import DiscoveryError, Remedy
from narrowcast.protocol import PROTOCOL_VERSION, KeyTextError, key_text, parse_key, printable, with_key

if TYPE_CHECKING:
    from zeroconf import Zeroconf

SERVICE_TYPE = "_narrowcast._tcp.local."

_MAX_NAME = 32
_MAX_HOST = 63
_MAX_CODEC = 16
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
_FPS = re.compile(r"\d{1,3}(\.\d{1,3})?")


class AnnouncementError(DiscoveryError):
    """What was announced is no sender that we could use; the text says what is wrong with it."""


def open_multicast(interfaces: Sequence[str] | None, *, remedy: Remedy | None = None) -> Zeroconf:
    """Open the sockets of multicast DNS; DiscoveryError where that is not possible.

    Args:
        interfaces: addresses of the interfaces to use; None for all.
        remedy: what to do without it, as the error says.
    """
    try:
        from zeroconf import InterfaceChoice, Zeroconf
    except ImportError as error:
        raise DiscoveryError(
            'finding one another on the network needs zeroconf: pip install "narrowcast[discover]"'
        ) from error
    try:
        return Zeroconf(interfaces=list(interfaces) if interfaces else InterfaceChoice.All)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DiscoveryError(
            f"cannot use multicast DNS here: {reason}; is there a network?", remedy=remedy
        ) from error


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """One stream that can be received."""

    name: str
    "what the sender calls it; empty where it has no name"
    host: str
    "what the sender's machine calls itself"
    addresses: tuple[str, ...]
    "IP addresses that it can be reached at, the best one first"
    port: int
    "where it listens"
    key: bytes | None
    "its public key; None where it runs without keys"
    width: int
    "pixels"
    height: int
    "pixels"
    fps: float
    "frames a second"
    codec: str
    "as on the command line"

    def __post_init__(self) -> None:
        """Check what an address to paste is made of."""
        if not self.addresses:
            raise AnnouncementError("it has no address")
        if not 1 <= self.port <= 65535:
            raise AnnouncementError(f"its port is {self.port}")

    @property
    def url(self) -> str:
        """What a receiver gives to connect."""
        address = ipaddress.ip_address(self.addresses[0])
        host = f"[{address}]" if address.version == 6 else str(address)
        return with_key(f"tcp://{host}:{self.port}", self.key)


def pack_properties(announcement: Announcement) -> dict[str, str]:
    """The properties of an announcement, as they are sent; each is under 255 bytes."""
    properties = {
        "version": str(PROTOCOL_VERSION),
        "name": announcement.name,
        "host": announcement.host,
        "size": f"{announcement.width}x{announcement.height}",
        "fps": f"{announcement.fps:.3f}".rstrip("0").rstrip("."),
        "codec": announcement.codec,
    }
    return properties | ({"key": key_text(announcement.key)} if announcement.key else {})


def unpack_properties(
    properties: Mapping[bytes, bytes | None], addresses: Sequence[str], port: int
) -> Announcement:
    """The announcement that came, unknown properties ignored; AnnouncementError where it is none for us."""
    texts = {key: _text(value) for key, value in properties.items()}
    if texts.get(b"version") != str(PROTOCOL_VERSION):
        version = printable(texts.get(b"version", "none"), 8)
        raise AnnouncementError(f"it speaks protocol version {version}, this is {PROTOCOL_VERSION}")
    size = _SIZE.fullmatch(texts.get(b"size", ""))
    fps = _FPS.fullmatch(texts.get(b"fps", ""))
    if size is None or fps is None:
        raise AnnouncementError("it does not say its size and pace")
    return Announcement(
        name=printable(texts.get(b"name", ""), _MAX_NAME),
        host=printable(texts.get(b"host", ""), _MAX_HOST),
        addresses=tuple(address for address in addresses if _can_be_reached(address)),
        port=port,
        key=_key(texts[b"key"]) if b"key" in texts else None,
        width=int(size[1]),
        height=int(size[2]),
        fps=float(fps[0]),
        codec=printable(texts.get(b"codec", ""), _MAX_CODEC),
    )


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


def _key(text: str) -> bytes:
    try:
        return parse_key(text)
    except KeyTextError as error:
        raise AnnouncementError(f"its key is none: {error}") from error


def _can_be_reached(text: str) -> bool:
    """Whether it is an IP address that needs no interface beside it."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (
        address.is_unspecified or address.is_multicast or (address.version == 6 and address.is_link_local)
    )
