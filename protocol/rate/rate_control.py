"""How often a frame may be coded and how many bytes it may take: a leaky bucket, the cap, an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

from narrowcast.protocol.rate.wire_cap import WireCap
from narrowcast.protocol.wire.sizes import frame_overhead_bytes

SETPOINT_S = 0.2
"Seconds of the target rate that lie in the bucket on average: half of its limit, room for what varies."

LIMIT_S = 0.45
"With more than this in the bucket the next frame waits: so frames thin out where no quality is low enough."

KEYFRAME_S = 0.5
"Seconds of the target rate that a keyframe may take: the picture stands still as long."

MIN_KEYFRAME_S = 0.3
"And what it may take at least: below, it would be too poor to start from."

GAIN = 0.2
"How much of the way back to the setpoint one inter frame makes."

MAX_SHARE = 1.25
"Of its usual share, for one inter frame: time that was lost is not made up with larger frames."

PAIRED_BELOW_BYTES = 300
"""Where a frame's share of the rate on the wire is less, two share a message: alone, each would have 76 bytes
of headers, 109 with keys."""

MIN_WIRE_BYTES = 140
"A frame's share of the rate on the wire is kept from falling below: below, pictures are too poor."

STRETCHES = (1.0, 1.5, 2.0, 3.0, 4.0)
"Of the frame interval: all frames of the source, two of three, every second, and so on."

HYSTERESIS = 1.3
"The share has to be so much larger than what led to fewer frames, or to pairs, before that ends again."


@dataclass(frozen=True, kw_only=True)
class FrameSpacing:
    """How frames follow each other."""

    interval_us: int
    "from frame to frame"
    paired: bool
    "two frames share a message, so that the first of them waits for the second"


class FrameThinning:
    """Spends less on headers where a link is thin: first frames share messages, then some are left out."""

    def __init__(self) -> None:
        self._stretch = STRETCHES[0]
        self._paired = False

    def spacing(self, interval_us: int, rate_bps: float | None) -> FrameSpacing:
        """Say how frames follow each other at a rate (None: any), the stream's own interval being given."""
        share_bytes = math.inf if rate_bps is None else interval_us / 1e6 * rate_bps / 8
        self._paired = share_bytes < PAIRED_BELOW_BYTES * (HYSTERESIS if self._paired else 1.0)
        needed = _stretch(MIN_WIRE_BYTES, share_bytes)
        if needed > self._stretch:
            self._stretch = needed
        else:
            self._stretch = min(self._stretch, _stretch(HYSTERESIS * MIN_WIRE_BYTES, share_bytes))
        return FrameSpacing(interval_us=round(self._stretch * interval_us), paired=self._paired)


def _stretch(wanted_bytes: float, share_bytes: float) -> float:
    needed = wanted_bytes / max(1.0, share_bytes)
    return next((stretch for stretch in STRETCHES if stretch >= needed), STRETCHES[-1])


class LeakyBucket:
    """Fills with what is sent to a receiver, and leaks; in seconds of the target rate, which may change."""

    def __init__(self) -> None:
        self.level_s = 0.0
        "sent and not yet leaked"
        self._rate_bps = 0.0
        self._at_us: int | None = None

    def leak(self, rate_bps: float, now_us: int) -> None:
        """Bring the level up to date; at a higher rate what is in the bucket leaves it sooner."""
        if self._at_us is not None:
            self.level_s = max(0.0, self.level_s - (now_us - self._at_us) / 1e6)
        if rate_bps > self._rate_bps:
            self.level_s *= self._rate_bps / rate_bps
        self._at_us, self._rate_bps = now_us, rate_bps


class RateController:
    """The bucket of one stream, and the cap on everything that its sender sends."""

    def __init__(self, cap: WireCap, *, keys: bool = False) -> None:
        """Start empty, with or without keys."""
        self._cap = cap
        self._keys = keys
        self._bucket = LeakyBucket()
        self._floor_bytes = {False: 0, True: 0}

    def rate_bps(self, budget_bps: float | None, copies: int, now_us: int) -> float | None:
        """The target for one receiver: the link's budget or its share of the cap; None where neither is."""
        cap_bps = self._cap.frame_bps(now_us)
        limits = [budget_bps, None if cap_bps is None else cap_bps / max(1, copies)]
        return min((limit for limit in limits if limit is not None), default=None)

    def ready_us(
        self, rate_bps: float | None, *, keyframe: bool, copies: int, interval_us: int, now_us: int
    ) -> int:
        """When a frame may be coded: now, or later."""
        if rate_bps is None:
            return now_us
        self._bucket.leak(rate_bps, now_us)
        bucket_us = now_us + max(0, round(1e6 * (self._bucket.level_s - LIMIT_S)))
        usual_us = round(1e6 * MIN_KEYFRAME_S) if keyframe else interval_us
        needed_bytes = self.usual_bytes(rate_bps, usual_us, keyframe=keyframe)
        return max(bucket_us, self._cap.ready_us(max(1, copies) * needed_bytes, now_us))

    def usual_bytes(self, rate_bps: float | None, interval_us: int, *, keyframe: bool = False) -> float:
        """What a frame takes on the wire: its share of the rate, or what the lowest quality needs."""
        return max(self._floor_bytes[keyframe], interval_us / 1e6 * (rate_bps or 0.0) / 8)

    def usual_payload(self, rate_bps: float | None, spacing: FrameSpacing) -> float | None:
        """How many bytes payloads may take in the long run; None for any number."""
        if rate_bps is None:
            return None
        overhead_bytes = frame_overhead_bytes(keys=self._keys, paired=spacing.paired)
        return max(1.0, spacing.interval_us / 1e6 * rate_bps / 8 - overhead_bytes)

    def payload_allowance(
        self, rate_bps: float | None, *, keyframe: bool, copies: int, spacing: FrameSpacing, now_us: int
    ) -> float | None:
        """How many bytes the next frame's payload may take; None for any number."""
        if rate_bps is None:
            return None
        self._bucket.leak(rate_bps, now_us)
        beyond_s = self._bucket.level_s - SETPOINT_S
        if keyframe:
            free_s = 8 * self._cap.free_bytes(now_us) / max(1, copies) / rate_bps
            wanted_s = max(MIN_KEYFRAME_S, min(KEYFRAME_S - max(0.0, beyond_s), free_s))
        else:
            share_s = spacing.interval_us / 1e6
            wanted_s = min(MAX_SHARE * share_s, share_s - GAIN * beyond_s)
        overhead_bytes = frame_overhead_bytes(keys=self._keys, paired=spacing.paired and not keyframe)
        return max(1.0, wanted_s * rate_bps / 8 - overhead_bytes)

    def sent(self, wire_bytes: int, rate_bps: float | None, *, keyframe: bool, quality: float) -> None:
        """Count a frame; one at the lowest quality shows what a frame takes at least."""
        self._bucket.level_s += 8 * wire_bytes / rate_bps if rate_bps else 0.0
        self._floor_bytes[keyframe] = wire_bytes if quality <= 0.0 else 0
