"""How many bits a second a receiver's link may be asked to carry.

A link that is at work nearly all the time is full: its rate is then what it delivered while at work, and a
share of that becomes the target. Else the target grows, slowly near the rate at which the link was last full
and ever faster the longer that is ago. Nothing is read from a link with time to spare: token buckets, which
are common, let a lone frame through at any speed.
"""

from __future__ import annotations

import math
from collections import deque

from protocol.rate.delivery import Delivery

START_BPS = 40_000.0
"Before anything is known of a link; it doubles every 0.7 s while that goes well."

LARGE_BYTES = 2_000
LARGE_SHARE = 0.5
"Of the rate at which a frame so large arrived, on a link that was never full: token buckets hold less."

WINDOW_US = 500_000
"Deliveries that are looked at together."

MIN_SAMPLES = 3
"Fewer say something only if the link was long at work on them."

MIN_BUSY_US = 500_000
"That is long."

FULL = 0.95
"A link that is at work for more of the time is full."

SHARE = 0.88
"Of the rate of a full link; the rest lets a queue that has formed drain, and leaves room for what varies."

SLOW_GROWTH = 0.03
"A second, just after the link was full."

ACCELERATION = 3.0
"The growth itself grows so much with every second since: a link that got better is used within five seconds."

FAST_GROWTH = 1.0
"A second, far from where the link was full last."

SAME_LINK = 1.3
"Two measures of a full link that differ by less are of the same link, and their mean is better than either."

MAX_FALL = 3.0
"One frame alone may have met a short break: the target falls by no more for it, and rises again fast."

PROBE = 1.2
"Of the rate at which the link was last full: as far as the target goes before it is known to hold."

PROBE_BYTES = 1_800.0
PROBE_S = 0.25
"So much (the lesser of both) beyond what it carried when full shows a better link, not a token bucket."

BREAK_FALL = 4.0
"The next keyframe must get through, else the link would break off again and again."

USED = 0.85
"A target that is not used by this much is not tested, and does not grow."

MIN_BPS = 8_000.0
"A link that carries less is of no use, and what was taken for one may have been a busy machine."

MAX_STEP_S = 1.0
"Growth from one frame to the next is for so much time at most: nothing was tested while none came."


class LinkRate:
    """The target for one link."""

    def __init__(self) -> None:
        self.target_bps = START_BPS
        "bits a second on the wire, frames only"
        self._full_bps: float | None = None
        self._full_us = 0
        self._window: deque[Delivery] = deque()
        self._last_us: int | None = None
        self._beyond_bytes = 0.0

    def broke_off(self) -> None:
        """The link died with frames on the way: it may have become too thin for them, so begin lower."""
        self.target_bps = max(MIN_BPS, self.target_bps / BREAK_FALL)
        self._full_bps = None
        self._window.clear()

    def add(self, delivery: Delivery) -> None:
        """Take a frame that arrived."""
        now_us = delivery.arrived_us
        passed_s = 0.0 if self._last_us is None else max(0, now_us - self._last_us) / 1e6
        self._last_us = now_us
        if delivery.sent_us < self._full_us:
            return  # it waited behind what filled the link, and says nothing new
        self._window.append(delivery)
        while self._window[0].arrived_us < now_us - WINDOW_US:
            self._window.popleft()
        if self._is_full():
            self._retreat(now_us)
            return
        if self._full_bps is not None:
            carried_bytes = self._full_bps / 8 * passed_s
            self._beyond_bytes = max(0.0, self._beyond_bytes + delivery.wire_bytes - carried_bytes)
        elif delivery.wire_bytes >= LARGE_BYTES:
            arrived_bps = 8e6 * delivery.wire_bytes / delivery.busy_us
            self.target_bps = max(self.target_bps, LARGE_SHARE * arrived_bps)
        if self._used_bps() >= USED * self.target_bps:
            self._grow(min(MAX_STEP_S, passed_s), now_us)

    def _is_full(self) -> bool:
        busy_us = sum(delivery.busy_us for delivery in self._window)
        telling = len(self._window) >= MIN_SAMPLES or busy_us >= MIN_BUSY_US
        return telling and busy_us > FULL * self._span_us()

    def _retreat(self, now_us: int) -> None:
        # The slowest frame is left out where there are others: it may have met a short break.
        ranked = sorted(self._window, key=lambda d: d.busy_us / d.wire_bytes)
        judged = ranked[:-1] if len(ranked) > 1 else ranked
        bits = 8 * sum(delivery.wire_bytes for delivery in judged)
        full_bps = bits * 1e6 / sum(delivery.busy_us for delivery in judged)
        known_bps = self._full_bps
        if known_bps is not None and known_bps / SAME_LINK < full_bps < known_bps * SAME_LINK:
            full_bps = (known_bps + full_bps) / 2
        target_bps = SHARE * full_bps
        if len(ranked) == 1 and (self._full_bps is not None or ranked[0].wire_bytes < LARGE_BYTES):
            target_bps = max(target_bps, self.target_bps / MAX_FALL)
        else:
            self._full_bps = full_bps
        self._full_us = now_us
        self._beyond_bytes = 0.0
        self._window.clear()
        self.target_bps = max(MIN_BPS, min(self.target_bps, target_bps))

    def _grow(self, step_s: float, now_us: int) -> None:
        full_bps = self._full_bps
        if full_bps is None or self.target_bps < 0.75 * SHARE * full_bps:
            self.target_bps *= 1 + step_s * FAST_GROWTH
            return
        since_s = min(10.0, (now_us - self._full_us) / 1e6)
        self.target_bps *= 1 + step_s * min(FAST_GROWTH, SLOW_GROWTH * math.pow(ACCELERATION, since_s))
        if self._beyond_bytes < min(PROBE_BYTES, PROBE_S * full_bps / 8):
            self.target_bps = min(self.target_bps, PROBE * full_bps)

    def _span_us(self) -> int:
        return max(1, self._window[-1].arrived_us - self._window[0].start_us)

    def _used_bps(self) -> float:
        bits = 8 * sum(delivery.wire_bytes for delivery in self._window)
        return bits * 1e6 / max(300_000, self._span_us())
