"""Keeps lines of one kind from filling a log: a few go through in a while, the others are counted."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from narrowcast.runtime.reporting import Notice

MINUTE_US = 60_000_000


class LineThrottle:
    """Lets so many lines of each kind through at once, and one more in each interval after that."""

    def __init__(self, *, burst: int = 1, interval_us: int = MINUTE_US) -> None:
        self._burst = burst
        self._interval_us = interval_us
        self._spent_us: dict[
            Hashable, int
        ] = {}  # time, an interval a line, up to which lines were let through
        self._left_out: dict[Hashable, int] = {}

    def line(self, kind: Hashable, text: str, now_us: int) -> str | None:
        """The text, with how many of its kind were left out before; None where it is left out itself.

        Args:
            kind: of few kinds that the caller knows: each is remembered.
            text: the line.
            now_us: on any clock that never goes back.
        """
        full_us = now_us - self._burst * self._interval_us
        spent_us = max(self._spent_us.get(kind, full_us), full_us) + self._interval_us
        if spent_us > now_us:
            self._left_out[kind] = self._left_out.get(kind, 0) + 1
            return None
        self._spent_us[kind] = spent_us
        count = self._left_out.pop(kind, 0)
        return f"{text} (and {count} others before)" if count else text

    def notice(self, kind: Hashable, notice: Notice, now_us: int) -> Notice | None:
        """Let a notice through, its text as `line` gives it; None where it is left out."""
        text = self.line(kind, notice.text, now_us)
        return None if text is None else replace(notice, text=text)


def peer_throttle() -> LineThrottle:
    """Make the throttle for what peers do: many may join, but one that comes and goes fills no log."""
    return LineThrottle(burst=20, interval_us=6_000_000)
