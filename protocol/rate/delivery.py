"""What a receiver's link did with the frames sent over it, from the ACKs that come back."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

BASE_WINDOW_US = 15_000_000
"The round trip of the idle link is the shortest in this time: a route may change, and queues only add."


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One frame that arrived; times are on our clock, as the way back delays them."""

    sent_us: int
    "when it was handed over"
    start_us: int
    "when the link began with it: it was there, and the frame before it had arrived"
    arrived_us: int
    "when its ACK came, less the time in the receiver's queue"
    wire_bytes: int
    "what the link carried"

    @property
    def busy_us(self) -> int:
        """How long the link was at work on it."""
        return max(1, self.arrived_us - self.start_us)


class DeliveryMeter:
    """Splits a frame's time on its way into distance, waiting for the frame before, and the link's work."""

    def __init__(self) -> None:
        self._round_trips: deque[tuple[int, int]] = deque()
        self._knows_ping = False
        self._last_arrived_us = 0

    @property
    def min_rtt_us(self) -> int | None:
        """The round trip of the idle link; None while nothing has come back."""
        return self._round_trips[0][1] if self._round_trips else None

    def note_ping_rtt(self, rtt_us: int, now_us: int) -> None:
        """Take a round trip of the receiver's tiny PINGs."""
        self._knows_ping = True
        self._note_round_trip(rtt_us, now_us)

    def add(self, *, sent_us: int, arrived_us: int, wire_bytes: int) -> Delivery | None:
        """Take a frame that arrived; None until a PING tells distance from slowness."""
        self._note_round_trip(arrived_us - sent_us, arrived_us)
        previous_us, self._last_arrived_us = self._last_arrived_us, arrived_us
        if not self._knows_ping:
            return None
        return Delivery(
            sent_us=sent_us,
            start_us=min(arrived_us, max(previous_us, sent_us + (self.min_rtt_us or 0))),
            arrived_us=arrived_us,
            wire_bytes=wire_bytes,
        )

    def _note_round_trip(self, rtt_us: int, now_us: int) -> None:
        """Keep a rising list, so that the first is the shortest of the window."""
        trips = self._round_trips
        while trips and trips[-1][1] >= rtt_us:
            trips.pop()
        trips.append((now_us, rtt_us))
        while trips[0][0] < now_us - BASE_WINDOW_US:
            trips.popleft()
