"""What a receiver's notes say, with times of our own."""

from __future__ import annotations

import pytest

from narrowcast.benchmark.link.age import measure_freshness
from narrowcast.benchmark.shown import ShownPicture

SECOND_US = 1_000_000


def steady(count: int, *, interval_us: int, late_us: int, start_us: int = 0) -> list[ShownPicture]:
    """Pictures that are each shown so late after their capture."""
    captures_us = range(start_us, start_us + count * interval_us, interval_us)
    return [ShownPicture(capture_sender_us=at_us, shown_us=at_us + late_us) for at_us in captures_us]


def test_a_steady_stream_ages_from_its_delay_to_one_interval_more() -> None:
    shown = steady(101, interval_us=100_000, late_us=200_000)
    freshness = measure_freshness(shown, SECOND_US, 9 * SECOND_US)
    assert freshness is not None
    assert freshness.fps == pytest.approx(10.0)
    assert freshness.age_p50_ms == pytest.approx(245, abs=6)
    assert freshness.age_p95_ms == pytest.approx(290, abs=6)
    assert freshness.longest_ms <= 300


def test_a_stall_shows_in_the_age_though_every_picture_that_came_was_fresh() -> None:
    shown = steady(20, interval_us=100_000, late_us=50_000)
    shown += steady(20, interval_us=100_000, late_us=50_000, start_us=6 * SECOND_US)
    freshness = measure_freshness(shown, SECOND_US, 7 * SECOND_US)
    assert freshness is not None
    assert freshness.longest_ms == pytest.approx(4150, abs=20)
    assert freshness.age_p95_ms > 3500
    assert freshness.fps == pytest.approx(20 / 6, abs=0.2)


def test_a_stream_that_ends_grows_old_until_the_end() -> None:
    freshness = measure_freshness(steady(2, interval_us=100_000, late_us=0), 100_000, 10 * SECOND_US)
    assert freshness is not None
    assert freshness.longest_ms == pytest.approx(9890, abs=11)


def test_a_screen_that_was_dark_has_no_age() -> None:
    assert measure_freshness([], 0, SECOND_US) is None
    assert measure_freshness(steady(2, interval_us=1000, late_us=500), 400, SECOND_US) is None
