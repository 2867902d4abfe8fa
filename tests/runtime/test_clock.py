"""The one clock."""

from __future__ import annotations

import time

from narrowcast.runtime.clock import now_us


def test_it_is_the_monotonic_clock_in_microseconds() -> None:
    before = time.monotonic_ns() // 1000
    now = now_us()
    assert before <= now <= time.monotonic_ns() // 1000
