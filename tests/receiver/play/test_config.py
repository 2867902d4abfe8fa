"""The player's settings: which stretch of a recording they name, and what is refused."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from narrowcast.errors import ConfigError
from narrowcast.receiver.play.config import PlayConfig

WHOLE = PlayConfig(file=Path("r.ncast"))


def test_without_times_the_whole_recording_is_meant() -> None:
    assert (WHOLE.from_us, WHOLE.to_us) == (0, math.inf)


def test_times_are_given_in_seconds() -> None:
    part = replace(WHOLE, from_s=0.25, to_s=2)
    assert (part.from_us, part.to_us) == (250_000, 2_000_000)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"from_s": -1}, "from_s is -1; it has to be at least 0"),
        ({"from_s": 3, "to_s": 3}, "to_s is 3; it has to be later than where to begin, 3"),
        ({"speed": 0}, "speed is 0; it has to be from 0.01 to 1000"),
        ({"threads": 0}, "threads is 0; it has to be above 0"),
    ],
)
def test_what_cannot_be_played_is_told(change: dict[str, float], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        replace(WHOLE, **change)  # type: ignore[arg-type]
