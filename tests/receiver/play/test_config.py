"""The player's settings: which stretch of a recording they name, and what is refused."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from narrowcast.errors import ConfigError
from narrowcast.receiver.play.config import PlayConfig, Span
from narrowcast.receiver.play.moment import Moment, parse_moment

WHOLE = PlayConfig(file=Path("r.ncast"))


def test_without_times_the_whole_recording_is_meant() -> None:
    assert WHOLE.span(None) == Span(from_us=0, to_us=math.inf)


def test_times_are_given_in_seconds() -> None:
    part = replace(WHOLE, begin=Moment(seconds=0.25), end=Moment(seconds=2))
    assert part.span(None) == Span(from_us=250_000, to_us=2_000_000)


def test_a_time_of_day_is_the_last_one_before_now() -> None:
    begun = datetime.fromisoformat("2026-11-28 22:00").astimezone()
    now = datetime.fromisoformat("2026-11-29 07:00").astimezone()
    part = replace(WHOLE, begin=parse_moment("23:30", "begin"), end=parse_moment("6:30:01.5", "end"))
    hour_us = 3_600_000_000
    assert part.span(begun, now) == Span(from_us=hour_us * 3 // 2, to_us=hour_us * 17 // 2 + 1_500_000)


def test_a_date_is_taken_as_it_is() -> None:
    begun = datetime.fromisoformat("2026-11-28 22:00").astimezone()
    part = replace(WHOLE, begin=parse_moment("2026-11-28 22:00:10", "begin"))
    assert part.span(begun).from_us == 10_000_000


def test_what_ends_before_it_begins_is_told() -> None:
    begun = datetime.fromisoformat("2026-11-28 22:00").astimezone()
    part = replace(WHOLE, begin=parse_moment("2026-11-28 23:00", "begin"), end=Moment(seconds=5))
    with pytest.raises(ConfigError, match="it has to be later than where to begin"):
        part.span(begun)
    with pytest.raises(ConfigError, match="the recording does not say when it was made"):
        part.span(None)


@pytest.mark.parametrize("text", ["noon", "25:00", "14:5", "-3", "2026-13-01", ""])
def test_what_is_no_moment_is_told(text: str) -> None:
    with pytest.raises(ConfigError, match="write it as seconds"):
        parse_moment(text, "begin")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"begin": Moment(seconds=3), "end": Moment(seconds=3)},
            "end is 3; it has to be later than where to begin, 3",
        ),
        ({"speed": 0}, "speed is 0; it has to be from 0.01 to 1000"),
        ({"threads": 0}, "threads is 0; it has to be above 0"),
    ],
)
def test_what_cannot_be_played_is_told(change: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        replace(WHOLE, **change)  # type: ignore[arg-type]
