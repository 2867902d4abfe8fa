"""Tells systemd how the program is doing (sd_notify): one datagram of text to the socket that it names.

The protocol is a line of text; the packages that wrap it are not kept any more, or need libsystemd.
"""

from __future__ import annotations

import contextlib
import os
import socket

from narrowcast.runtime.clock import now_us

_SOCKET_VARIABLE = "NOTIFY_SOCKET"
_WATCHDOG_VARIABLE = "WATCHDOG_USEC"


class ServiceManager:
    """The service manager that started this program; without one every call does nothing."""

    def __init__(self, *, speaks: bool = True) -> None:
        """Find the socket; one of several pipelines does not speak for the program."""
        self._address = os.environ.get(_SOCKET_VARIABLE, "") if speaks else ""
        watchdog = os.environ.get(_WATCHDOG_VARIABLE, "")
        # Half of what is allowed, as systemd's manual asks for.
        self._beat_us = int(watchdog) // 2 if watchdog.isdecimal() else 0
        self._next_beat_us = 0

    def ready(self, status: str) -> None:
        """Tell that the program has started: what depends on it may start."""
        self._send(f"READY=1\nSTATUS={status}")

    def stopping(self) -> None:
        """Tell that the program is ending."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Tell that the main loop still runs; to be called every second or more often."""
        now = now_us()
        if self._beat_us and now >= self._next_beat_us:
            self._next_beat_us = now + self._beat_us
            self._send("WATCHDOG=1")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        # A name that begins with @ lies in Linux's abstract namespace.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.connect(address)
            notify.send(text.encode("utf-8"))
