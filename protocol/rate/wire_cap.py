"""When bytes leave: the user's cap over any two seconds."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

WINDOW_US = 2_100_000
"Two seconds, and a little for what the kernel delays: bytes leave later than they are handed over."

CAP_INTERVAL_US = 2_000_000
"The cap holds over any interval of this length: so much of it fits into one window."

STEADY_SHARE = 0.97
"Of what a window has left for frames, as their mean rate: sizes vary, and a full window holds frames up."

RESERVE_BYTES = 480
"Frames leave this much of a window free, for what does not wait: PONGs, and TCP's answers to PINGs and ACKs."

MIN_FRAME_SHARE = 0.2
"Of the cap, for frames, however much all else takes."


@dataclass(slots=True)
class _Sent:
    """What went out at one moment."""

    at_us: int
    wire_bytes: int
    other_bytes: int
    "of these, what was no frame"


class WireCap:
    """Remembers what went out in the last two seconds, and says when more may."""

    def __init__(self, max_kbps: float) -> None:
        """Start with nothing sent; 0 kbit/s is no cap."""
        self.limit_bytes = max_kbps * CAP_INTERVAL_US / 8000 if max_kbps else float("inf")
        "what one window holds"
        self._sent: deque[_Sent] = deque()
        self._sent_bytes = 0
        self._other_bytes = 0

    def count(self, wire_bytes: int, now_us: int, *, frame: bool) -> None:
        """Count what goes out now; `frame` also for a slice of a still: they share one rate."""
        if self.limit_bytes == float("inf"):
            return
        other_bytes = 0 if frame else wire_bytes
        if self._sent and self._sent[-1].at_us == now_us:
            self._sent[-1].wire_bytes += wire_bytes
            self._sent[-1].other_bytes += other_bytes
        else:
            self._sent.append(_Sent(now_us, wire_bytes, other_bytes))
        self._sent_bytes += wire_bytes
        self._other_bytes += other_bytes
        self._expire(now_us)

    def frame_bps(self, now_us: int) -> float | None:
        """The rate that is left for frames beside all else that goes out; None where there is no cap."""
        if self.limit_bytes == float("inf"):
            return None
        self._expire(now_us)
        frame_bytes = max(MIN_FRAME_SHARE * self.limit_bytes, self.limit_bytes - self._other_bytes)
        return STEADY_SHARE * 8e6 * frame_bytes / WINDOW_US

    def free_bytes(self, now_us: int) -> float:
        """How many bytes may go out now."""
        self._expire(now_us)
        return max(0.0, self.limit_bytes - self._sent_bytes)

    def ready_us(self, wire_bytes: float, now_us: int) -> int:
        """When a frame of so many bytes may go out: now, or later; if it never fits, with an empty window."""
        if self.limit_bytes == float("inf"):
            return now_us
        self._expire(now_us)
        excess = self._sent_bytes + wire_bytes + RESERVE_BYTES - self.limit_bytes
        ready_us = now_us
        for sent in self._sent:
            if excess <= 0:
                break
            excess -= sent.wire_bytes
            ready_us = sent.at_us + WINDOW_US
        return ready_us

    def _expire(self, now_us: int) -> None:
        while self._sent and self._sent[0].at_us <= now_us - WINDOW_US:
            old = self._sent.popleft()
            self._sent_bytes -= old.wire_bytes
            self._other_bytes -= old.other_bytes
