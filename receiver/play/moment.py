"""A moment of a recording as people type it: seconds from its beginning, or the time of day."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from narrowcast.errors import ConfigError

_SECONDS = re.compile(r"\d{1,9}(\.\d{1,9})?")
_TIME = re.compile(r"(?P<hours>\d{1,2}):(?P<minutes>[0-5]\d)(:(?P<seconds>[0-5]\d(\.\d{1,6})?))?")
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Where to begin or to end: one of the three."""

    seconds: float | None = None
    "from the recording's first frame on"
    clock: datetime | None = None
    "date and time, with an offset to UTC"
    time_of_day: timedelta | None = None
    "the last time before now that the clock showed this"

    def time_us(self, begun: datetime | None, now: datetime) -> int:
        """Microseconds from the recording's first frame on; below 0 where it lies before.

        Args:
            begun: when the first frame was taken; None where nobody knows.
            now: date and time, with an offset to UTC.
        """
        if self.seconds is not None:
            return round(1e6 * self.seconds)
        if begun is None:
            raise ConfigError("the recording does not say when it was made: give seconds from its beginning")
        at = self.clock
        if at is None:
            assert self.time_of_day is not None
            local = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
            at = (local + self.time_of_day).astimezone()
            if at > now:
                at = (local + self.time_of_day - _DAY).astimezone()
        return round((at - begun) / timedelta(microseconds=1))

    def __str__(self) -> str:
        if self.seconds is not None:
            return f"{self.seconds:g}"
        return str(self.time_of_day) if self.clock is None else self.clock.isoformat(sep=" ")


def parse_moment(text: str, setting: str) -> Moment:
    """Read "90", "14:05", "14:05:10.5" or "2026-11-29 14:05"; `setting` is what an error names."""
    text = text.strip()
    if _SECONDS.fullmatch(text) and math.isfinite(float(text)):
        return Moment(seconds=float(text))
    of_day = _TIME.fullmatch(text)
    if of_day is not None:
        parts = {name: float(value or 0) for name, value in of_day.groupdict().items()}
        if timedelta(**parts) < _DAY:
            return Moment(time_of_day=timedelta(**parts))
    try:
        return Moment(clock=datetime.fromisoformat(text).astimezone())
    except (ValueError, OverflowError, OSError) as error:
        raise ConfigError(
            f"is {text!r}; write it as seconds (90), a time of day (14:05 or 14:05:10), or with its date "
            "(2026-11-29 14:05)",
            setting=setting,
        ) from error
