"""How fast a receiver's link delivers, from the ACKs that come back."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

WINDOW_US = 10_000_000
"A link that changed is believed after half of this."

MAX_SAMPLES = 300
"More frames than come in one window at 30 frames a second."

MIN_TRANSIT_US = 1000
"Below a millisecond the clock and the scheduler are measured, not the link."


@dataclass(frozen=True, kw_only=True)
class DeliverySample:
    """One frame that arrived."""

    acked_us: int
    "our clock, when the ACK came"
    wire_bytes: int
    "what the link carried"
    elapsed_us: int
    "from sending to the ACK, less the time in the receiver's queue"


class DeliveryRateEstimator:
    """Keeps the last seconds of deliveries; the base round trip is the one of the receiver's tiny PINGs."""

    def __init__(self) -> None:
        self._samples: deque[DeliverySample] = deque(maxlen=MAX_SAMPLES)
        self._ping_rtt_us: int | None = None

    def note_ping_rtt(self, rtt_us: int) -> None:
        """Take the shortest round trip that the receiver measured."""
        self._ping_rtt_us = rtt_us

    def add(self, sample: DeliverySample) -> None:
        """Take one delivery, and forget those outside the window."""
        self._samples.append(sample)
        while self._samples[0].acked_us < sample.acked_us - WINDOW_US:
            self._samples.popleft()

    @property
    def min_rtt_us(self) -> int | None:
        """The round trip of an idle link; None while nothing has come back."""
        known = [sample.elapsed_us for sample in self._samples]
        if self._ping_rtt_us is not None:
            known.append(self._ping_rtt_us)
        return min(known, default=None)

    @property
    def delivery_bps(self) -> float | None:
        """Bits a second while a frame is on the link: the median over the window, weighted by bytes.

        Large frames say most about the link, small ones about the scheduler. None until a frame came back
        and the base round trip is known, without which distance would pass for slowness.
        """
        if self._ping_rtt_us is None or not self._samples:
            return None
        base_us = self.min_rtt_us or 0
        rates = sorted((_rate_bps(sample, base_us), sample.wire_bytes) for sample in self._samples)
        half = sum(sample.wire_bytes for sample in self._samples) / 2
        for rate_bps, wire_bytes in rates:
            half -= wire_bytes
            if half <= 0:
                return rate_bps
        return rates[-1][0]


def _rate_bps(sample: DeliverySample, base_us: int) -> float:
    transit_us = max(MIN_TRANSIT_US, sample.elapsed_us - base_us)
    return sample.wire_bytes * 8e6 / transit_us
