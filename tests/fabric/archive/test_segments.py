"""Which segments are due, by times alone."""

from __future__ import annotations

from narrowcast.fabric.archive.segments import SETTLED_US, US, due_segments

TEN_MIN = 600 * US
NINE = 1_700_000_000 * US // TEN_MIN * TEN_MIN


def test_segments_are_whole_stretches_of_the_calendar_that_are_over() -> None:
    now_us = NINE + 2 * TEN_MIN + SETTLED_US
    found = list(due_segments(NINE + 5 * US, now_us, TEN_MIN, []))
    assert [each.begin_us for each in found] == [NINE, NINE + TEN_MIN]
    assert found[0].name == "20231114T221000Z.ncast" and found[0].end_us == NINE + TEN_MIN
    assert list(due_segments(NINE, now_us - 1, TEN_MIN, [found[0].name])) == [], (
        "frames may still be repeated"
    )
    assert [each.name for each in due_segments(NINE, now_us, TEN_MIN, [found[0].name])] == [found[1].name]
