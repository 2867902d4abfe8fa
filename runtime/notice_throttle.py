"""Keeps a peer that comes and goes from filling the log: so many notices in a while, then a count."""

from __future__ import annotations

from collections import deque

from runtime.reporting import Notice

MAX_NOTICES, WINDOW_US = 30, 10_000_000
"Sixteen receivers may join at once, and leave; no person reads more in ten seconds."


class NoticeThrottle:
    """Lets through the first notices of a window, and later says how many it left out."""

    def __init__(self) -> None:
        self._passed_us: deque[int] = deque(maxlen=MAX_NOTICES)
        self._left_out = 0

    def take(self, notice: Notice, now_us: int) -> list[Notice]:
        """Return what is to be told now: the notice, after a count of those left out before; or nothing."""
        if len(self._passed_us) == MAX_NOTICES and now_us - self._passed_us[0] < WINDOW_US:
            self._left_out += 1
            return []
        self._passed_us.append(now_us)
        count, self._left_out = self._left_out, 0
        return [Notice(f"{count} lines like the next one were left out"), notice] if count else [notice]
