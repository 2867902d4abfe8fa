"""The files of a stream's recordings, each under a number: what the page lists, plays and lets be downloaded.

A file is in the catalogue because this run has made it, or because its name fits the pattern that --record
gives (segments of earlier runs). A browser asks for a number, and never names a path.
"""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from dataclasses import dataclass
from pathlib import Path

from narrowcast.receiver.recording_names import RecordingNames, is_pattern

MAX_LISTED = 200
"Files that a page lists, the newest; more are on the disk."

MAX_REMEMBERED = 10_000
"Files of a run that are remembered: ten weeks in pieces of ten minutes."


@dataclass(frozen=True, kw_only=True)
class RecordedFile:
    """One file that is there."""

    number: int
    "what it is asked for by, as long as the program runs"
    path: Path
    "where it lies"
    size: int
    "bytes"
    changed_s: float
    "its time of change, since 1970"
    being_written: bool
    "by this run, at this moment"


class RecordingCatalogue:
    """The recordings of one stream. Any thread may call any method."""

    def __init__(self) -> None:
        """Begin without a file."""
        self._lock = threading.Lock()
        self._names: RecordingNames | None = None
        self._numbers: dict[Path, int] = {}
        self._next = 1
        self._made: dict[Path, bool] = {}  # whether it is being written

    def add_names(self, record: Path) -> None:
        """Take what --record says; a pattern stands for files of earlier runs too."""
        with self._lock:
            self._names = RecordingNames(record) if is_pattern(record) else None

    def begun(self, path: Path) -> None:
        """Take note of a file that this run has made and writes."""
        with self._lock:
            self._made.pop(path, None)
            self._made[path] = True
            while len(self._made) > MAX_REMEMBERED:
                del self._made[next(iter(self._made))]

    def finished(self, path: Path) -> None:
        """Take note that a file is complete."""
        with self._lock:
            if path in self._made:
                self._made[path] = False

    def files(self) -> tuple[RecordedFile, ...]:
        """The files that are there, the newest first, MAX_LISTED at most; reads the folder."""
        with self._lock:
            names, paths = self._names, dict.fromkeys(self._made)
        if names is not None:
            paths |= dict.fromkeys(_fitting(names))
        found = [(path, state) for path in paths if (state := _state(path)) is not None]
        found.sort(key=lambda each: (each[1].st_mtime, each[0].name), reverse=True)
        return tuple(self._described(path, state) for path, state in found[:MAX_LISTED])

    def find(self, number: int) -> RecordedFile | None:
        """The file that was listed under a number; None where there was none, or it is gone."""
        with self._lock:
            path = next((path for path, known in self._numbers.items() if known == number), None)
        state = None if path is None else _state(path)
        return None if path is None or state is None else self._described(path, state)

    def _described(self, path: Path, state: os.stat_result) -> RecordedFile:
        with self._lock:
            if path not in self._numbers:
                self._numbers[path] = self._next
                self._next += 1
                while len(self._numbers) > MAX_REMEMBERED:
                    del self._numbers[next(iter(self._numbers))]
            return RecordedFile(
                number=self._numbers[path],
                path=path,
                size=state.st_size,
                changed_s=state.st_mtime,
                being_written=self._made.get(path, False),
            )


def _fitting(names: RecordingNames) -> list[Path]:
    """The files of a folder whose names fit; none where it cannot be read."""
    with contextlib.suppress(OSError), os.scandir(names.folder) as entries:
        return [names.folder / entry.name for entry in entries if names.matches(entry.name)]
    return []


def _state(path: Path) -> os.stat_result | None:
    """Of an ordinary file; a link, a pipe or a device is none of ours to hand out."""
    try:
        state = path.lstat()
    except OSError:
        return None
    return state if stat.S_ISREG(state.st_mode) else None
