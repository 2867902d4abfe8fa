"""Percentiles of durations in bounded memory, however long a stream runs."""

from __future__ import annotations

import math
from dataclasses import dataclass

RESOLUTION = 0.01
"Neighbouring bins differ by 1%: finer than any latency repeats."

_LOG_STEP = math.log1p(RESOLUTION)


@dataclass(frozen=True, kw_only=True)
class Percentiles:
    """Three points of a distribution, in milliseconds; None where nothing was measured."""

    p50: float | None
    "half are below"
    p95: float | None
    "19 in 20 are below"
    p99: float | None
    "99 in 100 are below"
    count: int
    "how many were measured"

    def __str__(self) -> str:
        """Write p50, p95 and p99 with their unit, a dash where nothing was measured."""
        if not self.count:
            return "-"
        return f"p50 {self.p50:.1f} ms, p95 {self.p95:.1f} ms, p99 {self.p99:.1f} ms"

    def to_json_dict(self) -> dict[str, float | int | None]:
        """The percentiles as plain JSON values."""
        return {"p50": self.p50, "p95": self.p95, "p99": self.p99, "count": self.count}


class DurationHistogram:
    """Counts durations in logarithmic bins; 1 us to an hour takes 2,200 bins at most."""

    def __init__(self) -> None:
        self._bins: dict[int, int] = {}
        self._count = 0

    def add(self, duration_us: float) -> None:
        """Count one duration; below a microsecond is a microsecond."""
        index = round(math.log(max(1.0, duration_us)) / _LOG_STEP)
        self._bins[index] = self._bins.get(index, 0) + 1
        self._count += 1

    def percentiles(self) -> Percentiles:
        """Read the three points off, to within 1%."""
        return Percentiles(
            p50=self._at_ms(0.50), p95=self._at_ms(0.95), p99=self._at_ms(0.99), count=self._count
        )

    def _at_ms(self, share: float) -> float | None:
        """The smallest duration that `share` of all do not exceed (nearest rank)."""
        if self._count == 0:
            return None
        rank = math.ceil(share * self._count)
        for index in sorted(self._bins):
            rank -= self._bins[index]
            if rank <= 0:
                return round(math.exp(index * _LOG_STEP) / 1000, 3)
        raise AssertionError("the bins hold fewer durations than were counted")
