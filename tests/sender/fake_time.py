"""A clock for the capture loops that moves only when they wait, or when a fake device takes its time."""

from __future__ import annotations


class FakeClock:
    """Time as the test has it; stops by itself at `stop_us` so that no loop runs for ever."""

    def __init__(self, stop_us: int) -> None:
        self._now_us = 1_000_000
        self._stop_us = self._now_us + stop_us

    @property
    def stopped(self) -> bool:
        """Whether the end of the test has come."""
        return self._now_us >= self._stop_us

    @property
    def elapsed_s(self) -> float:
        """Seconds since the beginning."""
        return (self._now_us - 1_000_000) / 1e6

    def now_us(self) -> int:
        """Fake microseconds."""
        return self._now_us

    def stop(self) -> None:
        """Bring the end of the test."""
        self._stop_us = self._now_us

    def advance(self, us: int) -> None:
        """Let a device take its time."""
        self._now_us += us

    def wait_until(self, due_us: int) -> bool:
        """Jump to `due_us`."""
        self._now_us = max(self._now_us, min(due_us, self._stop_us))
        return not self.stopped
