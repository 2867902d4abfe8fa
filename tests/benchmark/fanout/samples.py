"""Rows of a fan-out run, as the tests of several files need them."""

from __future__ import annotations

from narrowcast.benchmark.fanout.stream import FanoutRow, FanoutSettings
from narrowcast.benchmark.results import Results, percentiles_of


def fanout_row(receivers: int, *, p95_ms: float | None) -> FanoutRow:
    light = receivers > 1
    return FanoutRow(
        receivers=receivers,
        seconds=8.0,
        sender_cpu_percent=40.0 + receivers,
        sent_bytes_per_s=20_000.0 * receivers,
        shown_fps=15.0,
        shown_age_ms=percentiles_of([] if p95_ms is None else [p95_ms]),
        light_fps=15.0 if light else None,
        slowest_fps=14.6 if light else None,
        light_age_ms=percentiles_of([30.0] if light else []),
    )


def fanout_rows(*ages_ms: tuple[int, float | None]) -> list[FanoutRow]:
    """Rows from pairs of (receivers, age p95)."""
    return [fanout_row(receivers, p95_ms=age_ms) for receivers, age_ms in ages_ms]


def fanout_results(*ages_ms: tuple[int, float | None]) -> Results[FanoutSettings]:
    """Results from pairs of (receivers, age p95)."""
    return Results(settings=FanoutSettings(), outcomes=[*fanout_rows(*ages_ms)])
