"""The user's cap as a promise: over any two seconds, no more bytes on the wire than it allows."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

WINDOW_US = 2_100_000
"Two seconds, and a little for what the kernel delays: bytes leave later than they are handed over."

PROMISE_US = 2_000_000
"This much of the cap fits into one window."

STEADY_SHARE = 0.97
"Of what a window has left for frames, as their mean rate: sizes vary, and a full window holds frames up."

RESERVE_BYTES = 150
"Frames leave this much of a window free, for the answers to pings, which do not wait."

LEAST_SHARE = 0.2
"Of the cap, for frames, however much all else takes."


@dataclass(frozen=True)
class _Sent:
    at_us: int
    wire_bytes: int
    frame: bool


class WireCap:
    """Remembers what went out in the last two seconds, and says when more may."""

    def __init__(self, max_kbps: float) -> None:
        """Start with nothing sent; 0 kbit/s is no cap."""
        self.limit_bytes = max_kbps * PROMISE_US / 8000 if max_kbps else float("inf")
        "what one window holds"
        self._sent: deque[_Sent] = deque()
        self._sent_bytes = 0
        self._other_bytes = 0

    def note(self, wire_bytes: int, now_us: int, *, frame: bool) -> None:
        """Count what goes out now; `frame` also for a slice of a still: they share one rate."""
        if self.limit_bytes == float("inf"):
            return
        self._sent.append(_Sent(now_us, wire_bytes, frame))
        self._sent_bytes += wire_bytes
        self._other_bytes += 0 if frame else wire_bytes
        self._forget(now_us)

    def frame_bps(self, now_us: int) -> float | None:
        """The rate that is left for frames beside all else that goes out; None where there is no cap."""
        if self.limit_bytes == float("inf"):
            return None
        self._forget(now_us)
        frame_bytes = max(LEAST_SHARE * self.limit_bytes, self.limit_bytes - self._other_bytes)
        return STEADY_SHARE * 8e6 * frame_bytes / WINDOW_US

    def free_bytes(self, now_us: int) -> float:
        """How many bytes may go out now."""
        self._forget(now_us)
        return max(0.0, self.limit_bytes - self._sent_bytes)

    def ready_us(self, wire_bytes: float, now_us: int) -> int:
        """When a frame of so many bytes may go out: now, or later; if they never fit, when all is quiet."""
        self._forget(now_us)
        excess = self._sent_bytes + wire_bytes + RESERVE_BYTES - self.limit_bytes
        ready_us = now_us
        for sent in self._sent:
            if excess <= 0:
                break
            excess -= sent.wire_bytes
            ready_us = sent.at_us + WINDOW_US
        return ready_us

    def _forget(self, now_us: int) -> None:
        while self._sent and self._sent[0].at_us <= now_us - WINDOW_US:
            old = self._sent.popleft()
            self._sent_bytes -= old.wire_bytes
            self._other_bytes -= 0 if old.frame else old.wire_bytes
