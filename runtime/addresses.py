"""Which addresses of this machine others can reach."""

from __future__ import annotations

import ipaddress
import re
import socket

_EVERY_INTERFACE = ("*", "0.0.0.0", "[::]")
_HOST_AND_PORT = re.compile(r"(\[[^]]+\]|[^:]+):\d{1,5}")


def is_loopback(url: str) -> bool:
    """Whether only this machine can reach a tcp:// or ipc:// URL."""
    host = _host(url)
    if not url.startswith("tcp://") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def reachable_url(url: str, advertise: str | None = None) -> str:
    """The URL under which another machine reaches a socket that is bound to `url`.

    Args:
        url: tcp://HOST:PORT.
        advertise: HOST or HOST:PORT that the user knows better; None finds out.
    """
    if advertise is not None:
        has_port = _HOST_AND_PORT.fullmatch(advertise)
        return f"tcp://{advertise}" if has_port else f"tcp://{advertise}:{url.rpartition(':')[2]}"
    host = _host(url)
    return url.replace(host, outward_address(), 1) if host in _EVERY_INTERFACE else url


def any_interface_url(url: str) -> str:
    """The URL to bind so that a peer that connects to `url` arrives: the same port on every interface."""
    host = _host(url)
    return url if is_loopback(url) else url.replace(host, "*", 1)


def outward_address() -> str:
    """This machine's address on the way out of it; the host's name where there is no way out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a datagram socket sends nothing, it chooses the interface; 192.0.2.1 is nobody's.
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()


def _host(url: str) -> str:
    return url.partition("://")[2].rpartition(":")[0]
