"""Whether this machine can speak multicast to itself, on the loopback interface."""

from __future__ import annotations

import socket

import pytest

LOOPBACK = "127.0.0.1"
_GROUP = "224.0.0.251"


def _works() -> bool:
    """Send a datagram to the group of multicast DNS, on a port of our own, and see it come back."""
    membership = socket.inet_aton(_GROUP) + socket.inet_aton(LOOPBACK)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("", 0))
            probe.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
            probe.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK))
            probe.settimeout(2.0)
            probe.sendto(b"hello", (_GROUP, probe.getsockname()[1]))
            return probe.recv(10) == b"hello"
        except OSError:
            return False


NEEDS_MULTICAST = pytest.mark.skipif(not _works(), reason="there is no multicast on the loopback interface")
