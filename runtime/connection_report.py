"""Notices about connections that failed, were refused or were cut: each once, with what to do about it."""

from __future__ import annotations

import shlex
import socket

from narrowcast.protocol import (
    ConnectionCut,
    HandshakeFailed,
    HandshakeFailure,
    LinkNotice,
    UnknownKeyRefused,
    key_text,
    printable,
)
from narrowcast.runtime.key_store import allow_command
from narrowcast.runtime.line_throttle import LineThrottle
from narrowcast.runtime.program import program
from narrowcast.runtime.reporting import Level, Notice

_MAX_REFUSED_KEYS = 16
"Each is told once; more of them are somebody who tries keys."
_CUT_INTERVAL_US = 10_000_000
"Between two notices of connections that were cut: a peer that connects again and again fills no log."


class ConnectionReport:
    """Turns what happened to connections into notices, and remembers which were given."""

    def __init__(self, url: str, own_key: bytes | None) -> None:
        """Report on the address `url`; `own_key` is this machine's public key, None without keys."""
        self._url = url
        self._own_key = own_key
        self._failures: set[HandshakeFailure] = set()
        self._refused_keys: set[bytes] = set()
        self._cuts = LineThrottle(interval_us=_CUT_INTERVAL_US)

    @property
    def refused(self) -> bool:
        """Whether the other side has refused our connection since it last accepted one."""
        return bool(self._failures)

    def accepted(self) -> None:
        """Note that the other side talks to us: if it refuses us later, that is reported again."""
        self._failures.clear()

    def notices(self, events: list[LinkNotice], now_us: int) -> list[Notice]:
        """What is to be told of these events; nothing that was told before."""
        found = (self._notice(event, now_us) for event in events)
        return [notice for notice in found if notice is not None]

    def _notice(self, event: LinkNotice, now_us: int) -> Notice | None:
        if isinstance(event, HandshakeFailed):
            return self._failed(event.failure)
        if isinstance(event, UnknownKeyRefused):
            return self._refused(event)
        return self._cut(event, now_us)

    def _failed(self, failure: HandshakeFailure) -> Notice | None:
        if failure in self._failures:
            return None
        self._failures.add(failure)
        return Notice(f"{self._url} {self._explained(failure)} (still trying)", level=Level.WARNING)

    def _explained(self, failure: HandshakeFailure) -> str:
        if failure is HandshakeFailure.KEY_REFUSED and self._own_key is not None:
            command = f"{program()} keys allow {key_text(self._own_key)} --name {_own_name()}"
            return f"does not know this machine yet; run there, once: {command}"
        if self._own_key is not None:
            return (
                "broke off: it has another key than this address, or none at all; "
                "paste the whole address that it prints now"
            )
        return (
            "broke off: it wants a key, or is no narrowcast; "
            "paste the whole address that it prints, with ?key=..."
        )

    def _refused(self, refused: UnknownKeyRefused) -> Notice | None:
        if refused.key in self._refused_keys or len(self._refused_keys) > _MAX_REFUSED_KEYS:
            return None
        self._refused_keys.add(refused.key)
        if len(self._refused_keys) > _MAX_REFUSED_KEYS:
            return Notice("more machines with other keys were refused; they are not listed any more")
        command = f"{allow_command(refused.key)} --name NAME"
        return Notice(
            f"refused a machine at {refused.address} that is not allowed; to let it in, if this is the key "
            f"it shows, run here: {command}",
            level=Level.WARNING,
        )

    def _cut(self, cut: ConnectionCut, now_us: int) -> Notice | None:
        told = Notice(f"cut the connection from {cut.address or 'this machine'}: {cut.reason}")
        return self._cuts.notice(ConnectionCut, told, now_us)


def _own_name() -> str:
    """What to call this machine elsewhere, safe to paste."""
    return shlex.quote(printable(socket.gethostname(), 32) or "NAME")
