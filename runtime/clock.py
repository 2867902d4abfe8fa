"""The one clock that everything is timed with."""

from __future__ import annotations

import time


def now_us() -> int:
    """Microseconds on this machine's monotonic clock."""
    return time.monotonic_ns() // 1000
