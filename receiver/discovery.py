"""Find the senders that announce themselves on the local network."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from narrowcast.runtime.announcement import (
    SERVICE_TYPE,
    Announcement,
    AnnouncementError,
    open_multicast,
    unpack_properties,
)

if TYPE_CHECKING:
    from zeroconf import ServiceStateChange, Zeroconf

_MAX_INSTANCES = 256
"More than a network of cameras has; beyond this, somebody floods the network with announcements."
_ASK_MS = 500
"How long an instance may take to answer with its properties, beyond the time of the search."


@dataclass(frozen=True, kw_only=True)
class Discovery:
    """The result of a search."""

    announcements: tuple[Announcement, ...]
    "by name and address, each stream once"
    complaints: tuple[str, ...]
    "what was announced and is of no use to us, one line each"


class _Names:
    """The names of the instances found; the thread of zeroconf adds to them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: set[str] = set()

    def on_change(
        self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        """Note that an instance has come or gone; the names of the arguments are the library's."""
        from zeroconf import ServiceStateChange

        with self._lock:
            if state_change is ServiceStateChange.Removed:
                self._names.discard(name)
            elif len(self._names) < _MAX_INSTANCES:
                self._names.add(name)

    def taken(self) -> list[str]:
        """The names of all instances that are there now."""
        with self._lock:
            return sorted(self._names)


def discover(seconds: float, interfaces: Sequence[str] | None = None) -> Discovery:
    """Listen for announcements; DiscoveryError where that is not possible.

    Args:
        seconds: a sender answers within one.
        interfaces: addresses of the interfaces to ask on; None for all.
    """
    zeroconf = open_multicast(interfaces)
    try:
        from zeroconf import ServiceBrowser

        names = _Names()
        browser = ServiceBrowser(zeroconf, SERVICE_TYPE, handlers=[names.on_change])
        time.sleep(seconds)
        browser.cancel()
        return _ask(zeroconf, names.taken())
    finally:
        zeroconf.close()


def _ask(zeroconf: Zeroconf, names: list[str]) -> Discovery:
    """Ask each instance for its properties."""
    found: set[Announcement] = set()
    complaints: list[str] = []
    for name in names:
        info = zeroconf.get_service_info(SERVICE_TYPE, name, timeout=_ASK_MS)
        if info is None:
            continue  # gone meanwhile
        try:
            found.add(unpack_properties(info.properties, info.parsed_addresses(), info.port or 0))
        except AnnouncementError as error:
            complaints.append(f"{name.removesuffix('.' + SERVICE_TYPE)} is left out: {error}")
    return Discovery(
        announcements=tuple(sorted(found, key=lambda each: (each.name, each.url))),
        complaints=tuple(complaints),
    )
