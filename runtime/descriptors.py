"""File descriptors: as many as the system allows, and how many of them connections may take."""

from __future__ import annotations

import contextlib
import errno
import os
import sys

if sys.platform != "win32":
    import resource

WANTED_DESCRIPTORS = 4096
"Connections, browsers, files and libraries of several cameras need a few hundred; the usual limit is 1024."

RESERVED_DESCRIPTORS = 24
"What codecs, recordings and browsers open later, beside connections."

LEAST_CONNECTIONS = 4
"Where descriptors are that few, a receiver or two are served all the same."


NO_DESCRIPTORS = (errno.EMFILE, errno.ENFILE)
"Errors of a moment in which none is free: connections that are refused or cut give some back."


def raise_descriptor_limit() -> None:
    """Raise this program's soft limit on descriptors, as far as its hard limit allows."""
    if sys.platform == "win32":
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(WANTED_DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # a system that has a limit below the hard one
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def connection_room(wanted: int) -> int:
    """Return how many of `wanted` connections the descriptors that are free now leave room for."""
    if sys.platform == "win32":
        return wanted
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    free = soft - RESERVED_DESCRIPTORS - _open_descriptors()
    return min(wanted, max(LEAST_CONNECTIONS, free))


def _open_descriptors() -> int:
    with contextlib.suppress(OSError):
        return len(os.listdir("/dev/fd"))
    return RESERVED_DESCRIPTORS
