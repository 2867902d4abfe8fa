"""What a worker counts."""

from __future__ import annotations

from narrowcast.fabric.fleet.statistics import METRICS, FleetStatistics, second_line, summary_table

SECOND = FleetStatistics(
    seconds=1.0,
    cameras=200,
    held=100,
    workers=2,
    frames=1500,
    decoded=1490,
    skipped=10,
    tiles=100,
    damaged=1,
    alerts=3,
)


def test_counts_are_shown_and_served() -> None:
    assert second_line(SECOND).startswith("cameras 100 of 200, workers 2 | frames 1500 decoded 1490")
    assert summary_table(SECOND).row_count == 2
    assert {series.name: series.read(SECOND) for series in METRICS}["frames_decoded"] == 1490
    assert SECOND.to_json_dict()["held"] == 100
