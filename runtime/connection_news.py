"""What a program says about connections that failed, were refused or were cut: once, and with a way out."""

from __future__ import annotations

import shlex
import socket

from protocol import (
    ConnectionCut,
    HandshakeFailed,
    HandshakeFailure,
    LinkNotice,
    UnknownKeyRefused,
    key_text,
    printable,
)
from runtime.key_store import allow_command

_MAX_STRANGERS = 16
"Each is told once; more of them are somebody who tries keys."
_CUT_INTERVAL_US = 10_000_000
"Between two lines about connections that were cut: whoever connects again and again fills no log."


class ConnectionNews:
    """Turns notices into lines, and remembers what was said."""

    def __init__(self, url: str, own_key: bytes | None) -> None:
        """Speak of the address `url`; `own_key` is this machine's public key, None without keys."""
        self._url = url
        self._own_key = own_key
        self._failures: set[HandshakeFailure] = set()
        self._strangers: set[bytes] = set()
        self._cuts = 0
        self._next_cut_us = 0

    @property
    def refused(self) -> bool:
        """We connect and are not let in."""
        return bool(self._failures)

    def let_in(self) -> None:
        """The other side talks to us: should it refuse us later, that is news again."""
        self._failures.clear()

    def lines(self, notices: list[LinkNotice], now_us: int) -> list[str]:
        """What to say about these; nothing about what was said before."""
        lines = (self._line(notice, now_us) for notice in notices)
        return [line for line in lines if line]

    def _line(self, notice: LinkNotice, now_us: int) -> str:
        if isinstance(notice, HandshakeFailed):
            return self._failed(notice.failure)
        if isinstance(notice, UnknownKeyRefused):
            return self._refused(notice)
        return self._cut(notice, now_us)

    def _failed(self, failure: HandshakeFailure) -> str:
        if failure in self._failures:
            return ""
        self._failures.add(failure)
        if failure is HandshakeFailure.KEY_REFUSED and self._own_key is not None:
            command = f"narrowcast keys allow {key_text(self._own_key)} --name {_own_name()}"
            return f"{self._url} does not know this machine yet; run there, once: {command} (still trying)"
        if self._own_key is not None:
            return (
                f"{self._url} broke off: it has another key than this address, or none at all; "
                "paste the whole address that it prints now (still trying)"
            )
        return (
            f"{self._url} broke off: it wants a key, or is no narrowcast; "
            "paste the whole address that it prints, with ?key=... (still trying)"
        )

    def _refused(self, stranger: UnknownKeyRefused) -> str:
        if stranger.key in self._strangers or len(self._strangers) > _MAX_STRANGERS:
            return ""
        self._strangers.add(stranger.key)
        if len(self._strangers) > _MAX_STRANGERS:
            return "more machines with other keys were refused; they are not listed any more"
        command = f"{allow_command(stranger.key)} --name NAME"
        return (
            f"refused a machine at {stranger.address} that is not allowed; to let it in, if this is the key "
            f"it shows, run here: {command}"
        )

    def _cut(self, cut: ConnectionCut, now_us: int) -> str:
        self._cuts += 1
        if now_us < self._next_cut_us:
            return ""
        self._next_cut_us = now_us + _CUT_INTERVAL_US
        count, self._cuts = self._cuts, 0
        others = f" (and {count - 1} others before)" if count > 1 else ""
        return f"cut the connection from {cut.address or 'this machine'}: {cut.reason}{others}"


def _own_name() -> str:
    """What to call this machine elsewhere, safe to paste."""
    return shlex.quote(printable(socket.gethostname(), 32) or "NAME")
