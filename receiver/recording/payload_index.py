"""Finds the entry points of a recording of payloads by time.

A file of version 2 is its own index: every record tells its time and how far back its entry point lies, so
that a place is found by bisection, in a file that was cut off or damaged just as well. One of version 1 is
read once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from narrowcast.receiver.recording.payload_file import Located, PayloadFile
from narrowcast.receiver.recording.payload_records import FrameRecord, StreamRecord
from narrowcast.receiver.recording.timeline import Timeline

FPS = 15.0
"Frames a second where the capture times of a file of version 1 are not plausible."

_MAX_STEPS = 1000
"Damaged entry points that are passed over in a search; ten seconds of recording lie between two."


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A place from which a recording can be played."""

    first_byte: int
    "where its record begins"
    time_us: int
    "of its frame, from the recording's first frame on"
    stream: StreamRecord
    "what it is a frame of"


@dataclass(frozen=True, kw_only=True)
class _Scan:
    """What reading a file of version 1 from its start to its end has shown."""

    entries: tuple[Entry, ...]
    "every keyframe"
    end_us: int
    "time of the last frame"


class PayloadIndex:
    """The entry points of a file."""

    def __init__(self, file: PayloadFile) -> None:
        """Look in `file`; nothing is read before it is asked for."""
        self._file = file

    def entry_before(self, time_us: int) -> Entry | None:
        """The last entry point up to a time, or the first one; None where there is none."""
        self._file.begin_search()
        if self._file.version == 1:
            earlier = [entry for entry in self._scanned.entries if entry.time_us <= time_us]
            return earlier[-1] if earlier else next(iter(self._scanned.entries), None)
        found = self._last_up_to(time_us)
        for _ in range(_MAX_STEPS):
            if found is None:
                break
            entry = self._entry_of(found)
            if entry is not None and entry.time_us <= time_us:
                return entry
            found = self._file.record_before(_entry_byte(found))
        return self._next_entry(self._file.first_byte)

    def entry_after(self, time_us: int) -> Entry | None:
        """The first entry point behind a time, if there is one."""
        self._file.begin_search()
        if self._file.version == 1:
            return next((entry for entry in self._scanned.entries if entry.time_us > time_us), None)
        found = self._last_up_to(time_us)
        return self._next_entry(self._file.first_byte if found is None else found.end_byte, time_us)

    @property
    def end_us(self) -> int:
        """When the last frame that is whole was taken, from the first one on."""
        self._file.begin_search()
        if self._file.version == 1:
            return self._scanned.end_us
        last = self._file.record_before(self._file.length)
        return 0 if last is None else _time_of(last)

    def _last_up_to(self, time_us: int) -> Located | None:
        """The last record whose time is not behind this one, by bisection."""
        first, end, best = self._file.first_byte, self._file.length, None
        while first < end:
            middle = (first + end) // 2
            found = self._file.record_behind(middle)
            if found is None or found.first_byte >= end or _time_of(found) > time_us:
                end = middle
            else:
                first, best = found.first_byte + 1, found
        return best

    def _entry_of(self, found: Located) -> Entry | None:
        place = _entry_byte(found)
        there = self._file.record_at(place)
        if there is None or not isinstance(there.record, StreamRecord):
            return None
        return Entry(first_byte=place, time_us=there.record.time_us, stream=there.record)

    def _next_entry(self, place: int, time_us: int = -1) -> Entry | None:
        while (found := self._file.record_behind(place)) is not None:
            if isinstance(found.record, StreamRecord) and found.record.time_us > time_us:
                return self._entry_of(found)
            place = found.end_byte
        return None

    @cached_property
    def _scanned(self) -> _Scan:
        """Read a file of version 1: its frames' capture times give the times."""
        entries: list[Entry] = []
        stream: StreamRecord | None = None
        timeline = Timeline(FPS)
        for found in self._file.records():
            if isinstance(found, Located) and isinstance(found.record, StreamRecord):
                stream = found.record
            elif isinstance(found, Located) and isinstance(found.record, FrameRecord) and stream is not None:
                time_us = timeline.place(found.record.capture_sender_us)
                if found.record.keyframe:
                    entries.append(Entry(first_byte=found.first_byte, time_us=time_us, stream=stream))
        return _Scan(entries=tuple(entries), end_us=timeline.time_us)


def _entry_byte(found: Located) -> int:
    """Where the entry point lies that a record belongs to."""
    return found.first_byte - (found.record.entry_bytes if isinstance(found.record, FrameRecord) else 0)


def _time_of(found: Located) -> int:
    return found.record.time_us or 0
