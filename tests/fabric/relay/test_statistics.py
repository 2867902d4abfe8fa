"""What a relay counts."""

from __future__ import annotations

from narrowcast.fabric.relay.statistics import METRICS, RelayStatistics, second_line, summary_table

SECOND = RelayStatistics(
    seconds=2.0,
    cameras=3,
    linked=2,
    held=3,
    frames=30,
    keyframes=1,
    payload_bytes=25_000,
    missed=4,
    stored=29,
    unrecorded=0,
    lost=0,
    waiting=1,
)


def test_a_second_is_one_line_and_plain_values() -> None:
    assert (
        second_line(SECOND) == "  15.0 fps    100.0 kbps | cameras 3 linked 2 held 3 | stored 29 waiting 1 "
        "missed 4 lost 0"
    )
    assert SECOND.to_json_dict()["fps"] == 15.0 and SECOND.to_json_dict()["stored"] == 29
    assert [series.read(SECOND) for series in METRICS][:4] == [3, 2, 3, 30]


def test_the_whole_run_is_a_table() -> None:
    assert summary_table(SECOND).row_count == 3
