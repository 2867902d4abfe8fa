"""Frames a second, and the age of the picture on the screen, from a receiver's log."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from narrowcast.benchmark.shown import ShownPicture

SAMPLE_INTERVAL_US = 10_000
"""The screen is sampled this often, so that a stall weighs as much as it lasts."""


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """How live a screen was over a stretch of time."""

    fps: float
    "pictures that came onto it a second"
    age_p50_ms: float
    "of the picture on it: half of the time it was younger"
    age_p95_ms: float
    "19 in 20 of the time it was younger"
    longest_ms: float
    "the oldest that a picture on it became"


def measure_freshness(shown: Sequence[ShownPicture], from_us: int, to_us: int) -> Freshness | None:
    """Sample the screen between two times; None where nothing had been shown at the first of them."""
    times_us = [picture.shown_us for picture in shown]
    if not shown or times_us[0] > from_us:
        return None
    samples_us = range(from_us, to_us, SAMPLE_INTERVAL_US)
    ages_ms = [
        (sample_us - shown[bisect_right(times_us, sample_us) - 1].capture_sender_us) / 1000
        for sample_us in samples_us
    ]
    p50, p95, longest = np.percentile(ages_ms, [50, 95, 100])
    came = bisect_left(times_us, to_us) - bisect_left(times_us, from_us)
    return Freshness(
        fps=came * 1e6 / (to_us - from_us),
        age_p50_ms=float(p50),
        age_p95_ms=float(p95),
        longest_ms=float(longest),
    )
