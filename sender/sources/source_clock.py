"""The clock of the capture threads, which tests replace by one of their own."""

from __future__ import annotations

import threading
from typing import Protocol

from narrowcast.runtime.clock import now_us


class Clock(Protocol):
    """Time that can be waited for, until the source is closed."""

    @property
    def stopped(self) -> bool:
        """Whether the source has been closed."""
        ...

    def now_us(self) -> int:
        """Microseconds on the monotonic clock."""
        ...

    def wait_until(self, due_us: int) -> bool:
        """Sleep until `due_us`; False as soon as the source is closed."""
        ...

    def stop(self) -> None:
        """End every wait, from any thread."""
        ...


class SourceClock:
    """The monotonic clock of this machine."""

    def __init__(self) -> None:
        self._stop = threading.Event()

    @property
    def stopped(self) -> bool:
        """Whether stop() was called."""
        return self._stop.is_set()

    def now_us(self) -> int:
        """Microseconds on this machine's monotonic clock."""
        return now_us()

    def wait_until(self, due_us: int) -> bool:
        """Sleep until `due_us`, or until stop() from another thread."""
        left_us = due_us - now_us()
        return not self._stop.wait(left_us / 1e6) if left_us > 0 else not self.stopped

    def stop(self) -> None:
        """End every wait."""
        self._stop.set()
