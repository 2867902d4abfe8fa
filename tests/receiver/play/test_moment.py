"""A moment of a recording as people type it; test_config.py has the stretch between two."""

from __future__ import annotations

from datetime import datetime, timedelta

from narrowcast.receiver.play.moment import Moment, parse_moment


def test_a_moment_is_read() -> None:
    assert parse_moment(" 90.5 ", "begin") == Moment(seconds=90.5)
    assert parse_moment("9:05", "begin") == Moment(time_of_day=timedelta(hours=9, minutes=5))
    at = parse_moment("2026-11-29 14:05", "begin").clock
    assert at == datetime(2026, 11, 29, 14, 5).astimezone()
    assert parse_moment("2026-11-29T14:05:00+00:00", "begin").clock == datetime.fromisoformat(
        "2026-11-29T14:05:00+00:00"
    )


def test_a_moment_is_shown_as_it_can_be_typed() -> None:
    for text in ("90", "14:05:00", "2026-11-29 14:05:00+00:00"):
        assert parse_moment(str(parse_moment(text, "begin")), "begin") == parse_moment(text, "begin")
