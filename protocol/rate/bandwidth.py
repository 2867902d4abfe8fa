"""How many bits a second a receiver's link may be asked to carry, estimated from the ACKs that come back.

A link that transmits nearly all the time is saturated: its bandwidth is then what it delivered while it
transmitted, and a share of that becomes the target. Otherwise the target grows, slowly near the bandwidth
that was measured last and ever faster the longer that is ago. No bandwidth is read from a link with idle
time: token buckets, which are common, let a lone frame through at any speed.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

MIN_RTT_WINDOW_US = 15_000_000
"The round trip of the idle link is the shortest in this time: a route may change, and queues only add."

START_BPS = 40_000.0
"Before anything is known of a link; it doubles every 0.7 s while that goes well."

LARGE_BYTES = 2_000
LARGE_SHARE = 0.5
"Of the speed of a frame so large, on a link that was never saturated: token buckets hold less."

SAMPLE_WINDOW_US = 500_000
"ACK samples that are judged together."

MIN_SAMPLES = 3
"Fewer are judged only where the link transmitted for MIN_TRANSMISSION_US."

MIN_TRANSMISSION_US = 500_000

SATURATED_UTILISATION = 0.95
"A link that transmits for more of the time is saturated."

TARGET_UTILISATION = 0.8
"Of the bandwidth; the rest lets a queue that has formed drain, and leaves room for what varies."

SLOW_GROWTH = 0.03
"A second, just after the link was saturated."

ACCELERATION = 3.0
"The growth itself grows so much with every second since."

FAST_GROWTH = 1.0
"A second, far from the bandwidth that was measured last."

SAME_LINK_FACTOR = 1.3
"Two measurements that differ by less are of the same link, and their mean is better than either."

MAX_DECREASE = 3.0
"One frame alone may have met a short break: the target falls by no more for it, and rises again fast."

STEADY_GAIN, PROBE_GAIN = 1.05, 1.2
"""Of the bandwidth that was measured last: as far as the target goes before more is known to get through,
most of the time and while it probes. Coded frames stay below their target, so the first fills no queue."""

MIN_STEADY_US, MAX_STEADY_US = 2_000_000, 8_000_000
"""From one probe to the next: twice as long after each that found the same link, for each fills a queue."""

PROBE_BYTES = 1_800.0
PROBE_S = 0.25
"So much (the lesser of both) beyond what the bandwidth explains shows a better link, not a token bucket."

CONNECTION_LOST_DECREASE = 4.0
"The next keyframe must get through, else the connection would be lost again and again."

MIN_USE = 0.85
"A target that is used by less than this is not tested, and does not grow."

MIN_BPS = 8_000.0
"A link that carries less is of no use, and what was taken for one may have been a busy machine."

MAX_GROWTH_STEP_S = 1.0
"Growth from one frame to the next is for so much time at most: nothing was tested while none came."


@dataclass(frozen=True, kw_only=True)
class AckSample:
    """The delivery of one frame as its ACK shows it, in the sender's time; the way back adds to the delay."""

    sent_us: int
    "when the frame was handed to the transport"
    start_us: int
    "when the link began to transmit it: it was there, and the frame before it had arrived"
    arrived_us: int
    "when its ACK came, less the time in the receiver's queue"
    wire_bytes: int
    "what the link carried"

    @property
    def transmission_us(self) -> int:
        """How long the link took to transmit the frame."""
        return max(1, self.arrived_us - self.start_us)


class AckSampler:
    """Splits a frame's time on its way into min_rtt, waiting for the frame before, and transmission."""

    def __init__(self) -> None:
        self._round_trips: deque[tuple[int, int]] = deque()
        self._has_ping = False
        self._last_arrived_us = 0

    @property
    def min_rtt_us(self) -> int | None:
        """The round trip of the idle link; None while nothing has come back."""
        return self._round_trips[0][1] if self._round_trips else None

    def ping_rtt(self, rtt_us: int, now_us: int) -> None:
        """Take a round trip of the receiver's tiny PINGs."""
        self._has_ping = True
        self._add_round_trip(rtt_us, now_us)

    def sample(self, *, sent_us: int, arrived_us: int, wire_bytes: int) -> AckSample | None:
        """Take a frame that arrived; None until a PING tells a long link from a slow one."""
        self._add_round_trip(arrived_us - sent_us, arrived_us)
        previous_us, self._last_arrived_us = self._last_arrived_us, arrived_us
        if not self._has_ping:
            return None
        return AckSample(
            sent_us=sent_us,
            start_us=min(arrived_us, max(previous_us, sent_us + (self.min_rtt_us or 0))),
            arrived_us=arrived_us,
            wire_bytes=wire_bytes,
        )

    def _add_round_trip(self, rtt_us: int, now_us: int) -> None:
        """Keep a rising list, so that the first is the shortest of the window."""
        trips = self._round_trips
        while trips and trips[-1][1] >= rtt_us:
            trips.pop()
        trips.append((now_us, rtt_us))
        while trips[0][0] < now_us - MIN_RTT_WINDOW_US:
            trips.popleft()


class _SampleWindow:
    """The samples that are judged together, and their sums."""

    def __init__(self) -> None:
        self.samples: deque[AckSample] = deque()
        self.transmission_us = 0
        self.wire_bytes = 0

    def add(self, sample: AckSample) -> None:
        """Take the newest sample, and drop those that are too old."""
        self.samples.append(sample)
        self.transmission_us += sample.transmission_us
        self.wire_bytes += sample.wire_bytes
        while self.samples[0].arrived_us < sample.arrived_us - SAMPLE_WINDOW_US:
            old = self.samples.popleft()
            self.transmission_us -= old.transmission_us
            self.wire_bytes -= old.wire_bytes

    @property
    def span_us(self) -> int:
        """From the beginning of the first to the arrival of the last."""
        return max(1, self.samples[-1].arrived_us - self.samples[0].start_us)

    def clear(self) -> None:
        """Begin anew."""
        self.samples.clear()
        self.transmission_us = self.wire_bytes = 0


class BandwidthEstimate:
    """The target rate of one link, and the bandwidth that it follows."""

    def __init__(self) -> None:
        self.target_bps = START_BPS
        "bits a second on the wire, frames only"
        self._bandwidth_bps: float | None = None  # None: the link has not been saturated yet
        self._saturated_us = 0
        self._steady_us = MIN_STEADY_US
        self._window = _SampleWindow()
        self._last_us: int | None = None
        self._beyond_bytes = 0.0

    def connection_lost(self) -> None:
        """The connection died with frames in flight: the link may be too thin for them, so begin lower."""
        self.target_bps = max(MIN_BPS, self.target_bps / CONNECTION_LOST_DECREASE)
        self._bandwidth_bps = None
        self._window.clear()

    def add(self, sample: AckSample) -> None:
        """Take a frame that arrived."""
        now_us = sample.arrived_us
        passed_s = 0.0 if self._last_us is None else max(0, now_us - self._last_us) / 1e6
        self._last_us = now_us
        if sample.sent_us < self._saturated_us:
            return  # it waited behind the frames that saturated the link, which were judged already
        self._window.add(sample)
        if self._is_saturated():
            self._decrease(now_us)
            return
        if self._bandwidth_bps is not None:
            explained_bytes = self._bandwidth_bps / 8 * passed_s
            self._beyond_bytes = max(0.0, self._beyond_bytes + sample.wire_bytes - explained_bytes)
        elif sample.wire_bytes >= LARGE_BYTES:
            arrived_bps = 8e6 * sample.wire_bytes / sample.transmission_us
            self.target_bps = max(self.target_bps, LARGE_SHARE * arrived_bps)
        if self._used_bps() >= MIN_USE * self.target_bps:
            self._increase(min(MAX_GROWTH_STEP_S, passed_s), now_us)

    def _is_saturated(self) -> bool:
        transmission_us = self._window.transmission_us
        enough = len(self._window.samples) >= MIN_SAMPLES or transmission_us >= MIN_TRANSMISSION_US
        return enough and transmission_us > SATURATED_UTILISATION * self._window.span_us

    def _decrease(self, now_us: int) -> None:
        """Measure the bandwidth of the saturated link, and bring the target below it."""
        # The slowest frame is left out where there are others: it may have met a short break.
        ranked = sorted(self._window.samples, key=lambda sample: sample.transmission_us / sample.wire_bytes)
        judged = ranked[:-1] if len(ranked) > 1 else ranked
        bits = 8 * sum(sample.wire_bytes for sample in judged)
        measured_bps = bits * 1e6 / sum(sample.transmission_us for sample in judged)
        known_bps = self._bandwidth_bps
        if (
            known_bps is not None
            and known_bps / SAME_LINK_FACTOR < measured_bps < known_bps * SAME_LINK_FACTOR
        ):
            measured_bps = (known_bps + measured_bps) / 2
            self._steady_us = min(2 * self._steady_us, MAX_STEADY_US)
        else:
            self._steady_us = MIN_STEADY_US
        target_bps = TARGET_UTILISATION * measured_bps
        if len(ranked) == 1 and (known_bps is not None or ranked[0].wire_bytes < LARGE_BYTES):
            target_bps = max(target_bps, self.target_bps / MAX_DECREASE)
        else:
            self._bandwidth_bps = measured_bps
        self._saturated_us = now_us
        self._beyond_bytes = 0.0
        self._window.clear()
        self.target_bps = max(MIN_BPS, min(self.target_bps, target_bps))

    def _increase(self, step_s: float, now_us: int) -> None:
        bandwidth_bps = self._bandwidth_bps
        if bandwidth_bps is None or self.target_bps < 0.75 * TARGET_UTILISATION * bandwidth_bps:
            self.target_bps *= 1 + step_s * FAST_GROWTH
            return
        since_s = min(10.0, (now_us - self._saturated_us) / 1e6)
        self.target_bps *= 1 + step_s * min(FAST_GROWTH, SLOW_GROWTH * math.pow(ACCELERATION, since_s))
        if self._beyond_bytes < min(PROBE_BYTES, PROBE_S * bandwidth_bps / 8):
            probes = now_us - self._saturated_us >= self._steady_us
            self.target_bps = min(self.target_bps, (PROBE_GAIN if probes else STEADY_GAIN) * bandwidth_bps)

    def _used_bps(self) -> float:
        return 8e6 * self._window.wire_bytes / max(300_000, self._window.span_us)
