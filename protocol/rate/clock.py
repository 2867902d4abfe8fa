"""The sender's monotonic clock as a receiver estimates it: offset, skew and the error of both."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

BUCKET_US = 5_000_000
"One sample is kept for each 5 s, the one with the shortest round trip: queues only ever add."

MAX_BUCKETS = 60
"Five minutes: long enough to see a skew of 1 ppm through 0.3 ms of jitter."

MIN_FIT_SPAN_US = 30_000_000
"Over less than this, jitter makes a worse skew than none."

MIN_FIT_SAMPLES = 5
"Two samples always lie on a line; five show whether it is one."

MAX_SKEW = 500e-6
"No quartz is off by more; a larger slope comes from a change of route."

UNFITTED_DRIFT = 250e-6
"Two poor quartzes stay within this of each other, a warm and a cold one too."

FITTED_DRIFT = 10e-6
"What temperature still does to the skew after a fit."

RECENT_EXCHANGES = 15
"About as many seconds: enough for one round trip without queues, and a new route is soon known."

JUMP_US = 2_000
"Beyond the error bounds of both, an exchange and the line cannot both be true: a clock has jumped."

MAX_ROUND_TRIP_US = 60_000_000
"An answer later than this says nothing about the clocks."


@dataclass(frozen=True, kw_only=True)
class ClockSample:
    """One four-timestamp exchange."""

    local_us: float
    "its middle, on our clock"
    offset_us: float
    "sender's clock minus ours, if both ways took equally long"
    rtt_us: int
    "round trip without the time at the sender; the offset is off by half of it at most"


@dataclass(frozen=True, kw_only=True)
class ClockLine:
    """Offset as a straight line over our clock."""

    at_us: float
    "where on our clock the line is anchored"
    offset_us: float
    "sender's clock minus ours, there"
    skew: float
    "how much faster the sender's clock runs"
    error_us: float
    "how far the line may be off at its newest sample"
    newest_us: float
    "our clock at the last sample; the error grows from here"
    drift: float
    "how fast it grows"


class ClockEstimator:
    """Estimates the offset of the sender's clock from exchanges of PING and PONG, with an error bound."""

    def __init__(self) -> None:
        self._best: deque[ClockSample] = deque(maxlen=MAX_BUCKETS)
        self._line: ClockLine | None = None
        self._recent_rtts_us: deque[int] = deque(maxlen=RECENT_EXCHANGES)
        self.rtt_us: int | None = None
        "round trip of the last exchange"

    def add_exchange(
        self,
        *,
        ping_sent_local_us: int,
        ping_received_sender_us: int,
        pong_sent_sender_us: int,
        pong_received_local_us: int,
    ) -> bool:
        """Take the four times of one PING and its PONG; False where they cannot be true."""
        held_us = pong_sent_sender_us - ping_received_sender_us
        rtt_us = pong_received_local_us - ping_sent_local_us - held_us
        if held_us < 0 or not 0 <= rtt_us <= MAX_ROUND_TRIP_US:
            return False
        self.rtt_us = rtt_us
        sample = ClockSample(
            local_us=(ping_sent_local_us + pong_received_local_us) / 2,
            offset_us=(
                (ping_received_sender_us - ping_sent_local_us)
                + (pong_sent_sender_us - pong_received_local_us)
            )
            / 2,
            rtt_us=rtt_us,
        )
        self._recent_rtts_us.append(rtt_us)
        if self._contradicts(sample):
            # The clocks moved against each other, as when one machine was suspended.
            self._best.clear()
        self._keep(sample)
        self._line = _fit(list(self._best))
        return True

    @property
    def recent_min_rtt_us(self) -> int | None:
        """The shortest of the last few round trips; None before the first exchange."""
        return min(self._recent_rtts_us, default=None)

    def offset_us(self, now_us: int) -> int | None:
        """Sender's clock minus ours, at `now_us` on ours; None before the first exchange."""
        if self._line is None:
            return None
        return round(self._line.offset_us + self._line.skew * (now_us - self._line.at_us))

    def error_us(self, now_us: int) -> int | None:
        """How far `offset_us` may be off, either way."""
        if self._line is None:
            return None
        age_us = max(0.0, now_us - self._line.newest_us)
        return round(self._line.error_us + self._line.drift * age_us)

    def local_us(self, sender_us: int, now_us: int) -> int | None:
        """Map a recent time on the sender's clock to ours."""
        offset_us = self.offset_us(now_us)
        return None if offset_us is None else sender_us - offset_us

    def _contradicts(self, sample: ClockSample) -> bool:
        """Whether the bounds that an exchange sets to the offset exclude what the line says."""
        line = self._line
        if line is None:
            return False
        expected_us = line.offset_us + line.skew * (sample.local_us - line.at_us)
        error_us = line.error_us + line.drift * max(0.0, sample.local_us - line.newest_us)
        return abs(sample.offset_us - expected_us) > error_us + sample.rtt_us / 2 + JUMP_US

    def _keep(self, sample: ClockSample) -> None:
        """Keep the best sample of each bucket of time."""
        if not self._best or sample.local_us // BUCKET_US != self._best[-1].local_us // BUCKET_US:
            self._best.append(sample)
        elif sample.rtt_us <= self._best[-1].rtt_us:
            self._best[-1] = sample


def _fit(samples: list[ClockSample]) -> ClockLine:
    """Lay a line through the samples with short round trips, or a level one through the best."""
    shortest_us = min(sample.rtt_us for sample in samples)
    good = [s for s in samples if s.rtt_us <= 1.1 * shortest_us + 1000]
    if len(good) < MIN_FIT_SAMPLES or good[-1].local_us - good[0].local_us < MIN_FIT_SPAN_US:
        return _level_line(samples)
    count = len(good)
    at_us = sum(s.local_us for s in good) / count
    offset_us = sum(s.offset_us for s in good) / count
    spread = sum((s.local_us - at_us) ** 2 for s in good)
    skew = sum((s.local_us - at_us) * (s.offset_us - offset_us) for s in good) / spread
    if abs(skew) > MAX_SKEW:
        return _level_line(samples)
    misses_us = [abs(s.offset_us - offset_us - skew * (s.local_us - at_us)) for s in good]
    scatter = sum(miss_us * miss_us for miss_us in misses_us) / (count - 2)
    drift = FITTED_DRIFT + 3 * math.sqrt(scatter / spread)
    # Each sample is off by half its round trip at most, and so is the line where it passes that sample; from
    # there on by what the skew may be off. The tightest of these bounds it.
    newest_us = good[-1].local_us
    error_us = min(
        s.rtt_us / 2 + miss_us + drift * (newest_us - s.local_us)
        for s, miss_us in zip(good, misses_us, strict=True)
    )
    return ClockLine(
        at_us=at_us,
        offset_us=offset_us,
        skew=skew,
        error_us=error_us,
        newest_us=newest_us,
        drift=drift,
    )


def _level_line(samples: list[ClockSample]) -> ClockLine:
    """Take the sample that binds tightest today: a short round trip, and not too long ago."""
    newest_us = samples[-1].local_us
    best = min(samples, key=lambda s: s.rtt_us / 2 + UNFITTED_DRIFT * (newest_us - s.local_us))
    return ClockLine(
        at_us=best.local_us,
        offset_us=best.offset_us,
        skew=0.0,
        error_us=best.rtt_us / 2,
        newest_us=best.local_us,
        drift=UNFITTED_DRIFT,
    )
