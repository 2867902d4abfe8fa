"""Which segments of a camera are due: whole stretches of the calendar that are over. Sans-I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone

US = 1_000_000
SUFFIX = ".ncast"
SETTLED_US = 30 * US
"After its end a segment is sealed so much later: a relay repeats ten seconds' frames after an interruption."


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A stretch of a camera's recording."""

    begin_us: int
    "microseconds since 1970"
    end_us: int

    @property
    def name(self) -> str:
        """Of its file: when it begins, UTC, so that names sort as times do."""
        begin = datetime.fromtimestamp(self.begin_us / US, timezone.utc)
        return f"{begin:%Y%m%dT%H%M%SZ}{SUFFIX}"


def due_segments(first_us: int, now_us: int, every_us: int, there: Iterable[str]) -> Iterator[Segment]:
    """The segments that are over and not there yet, the oldest first.

    Args:
        first_us: when the first frame that is recorded was taken, since 1970.
        now_us: the calendar's time.
        every_us: length of a segment; they begin at multiples of it.
        there: names of those that are sealed.
    """
    sealed = set(there)
    begin_us = first_us // every_us * every_us
    while begin_us + every_us + SETTLED_US <= now_us:
        segment = Segment(begin_us=begin_us, end_us=begin_us + every_us)
        if segment.name not in sealed:
            yield segment
        begin_us += every_us
