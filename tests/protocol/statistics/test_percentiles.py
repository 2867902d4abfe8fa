"""Percentiles to within one per cent, in bounded memory."""

from __future__ import annotations

import random

from narrowcast.protocol.statistics.percentiles import DurationHistogram, Percentiles


def test_nothing_measured_is_none_and_not_zero() -> None:
    assert DurationHistogram().percentiles().to_json_dict() == {
        "p50": None,
        "p95": None,
        "p99": None,
        "count": 0,
    }


def test_percentiles_agree_with_sorting() -> None:
    random.seed(5)
    durations = [random.lognormvariate(10, 1) for _ in range(5000)]
    histogram = DurationHistogram()
    for duration in durations:
        histogram.add(duration)
    measured = histogram.percentiles()
    durations.sort()
    for value, rank in ((measured.p50, 2500), (measured.p95, 4750), (measured.p99, 4950)):
        assert value is not None
        assert abs(value / (durations[rank - 1] / 1000) - 1) < 0.011
    assert measured.count == 5000


def test_one_duration_is_all_percentiles_and_zero_is_allowed() -> None:
    histogram = DurationHistogram()
    histogram.add(0)
    assert histogram.percentiles().p50 == histogram.percentiles().p99 == 0.001


def test_people_read_them_with_their_unit() -> None:
    assert str(DurationHistogram().percentiles()) == "-"
    assert str(Percentiles(p50=20.04, p95=40.0, p99=60.0, count=9)) == "p50 20.0 ms, p95 40.0 ms, p99 60.0 ms"
