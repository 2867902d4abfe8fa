"""Removes old files of a recording by age and by size, and no other file.

Which files those are is written down as they are made. A list beside them, `.NAME.narrowcast`, has a line for
each with its name and, once complete, its size and time of change. A file is removed only if its name is
in the list and fits the pattern, and if it is as it was left: one that was edited or replaced since is kept.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
from dataclasses import asdict, dataclass
from pathlib import Path

from narrowcast.receiver.recording_names import RecordingNames

MAX_LIST_BYTES = 16 * 1024 * 1024
"A list of a hundred thousand files; what is longer is not ours."
_MAX_NAME = 255


@dataclass(frozen=True, kw_only=True)
class Made:
    """A file that the recording has made."""

    name: str
    "in the folder"
    size: int | None = None
    "bytes, as it was left; None where the program was killed before it was complete"
    changed_ns: int | None = None
    "its time of change, as it was left"


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """A file of the list that is there, as it was left."""

    path: Path
    "where it lies"
    size: int
    "bytes"
    changed_s: float
    "its time of change, since 1970"


class Retention:
    """Keeps the list, and removes the oldest files of it."""

    def __init__(self, names: RecordingNames, *, keep_s: float | None, keep_bytes: float | None) -> None:
        """Remove files older than `keep_s` seconds, and the oldest beyond `keep_bytes` in all; None: none."""
        self._names = names
        self._keep_s = keep_s
        self._keep_bytes = keep_bytes
        self.list_path = names.folder / f".{re.sub(r'[^A-Za-z0-9_.-]', '_', names.path.name)}.narrowcast"
        "where the files are written down"

    def made(self, path: Path) -> None:
        """Write down that a file has been made."""
        self._append(Made(name=path.name))

    def completed(self, path: Path) -> None:
        """Write down how a file was left."""
        with contextlib.suppress(OSError):  # removed by somebody else: there is nothing to write down
            found = path.lstat()
            self._append(Made(name=path.name, size=found.st_size, changed_ns=found.st_mtime_ns))

    def clean(self, now_s: float, current: Path | None) -> list[Path]:
        """Remove what is too old or too much.

        Args:
            now_s: since 1970, by the clock of the file system.
            current: the file being written, which counts and is never removed.

        Returns what was removed.
        """
        kept = self._there(current)
        total = sum(file.size for file in kept) + _size_of(current)
        removed = []
        for file in kept:
            old = self._keep_s is not None and now_s - file.changed_s > self._keep_s
            much = self._keep_bytes is not None and total > self._keep_bytes
            if (old or much) and _remove(file.path):
                total -= file.size
                removed.append(file.path)
        self._forget(removed)
        return removed

    def make_room(self, current: Path | None) -> Path | None:
        """Remove the oldest file; None where there is none to remove."""
        for file in self._there(current):
            if _remove(file.path):
                self._forget([file.path])
                return file.path
        return None

    def _there(self, current: Path | None) -> list[_Kept]:
        """The files of the list that are as they were left, the oldest first."""
        found = []
        for made in self._read().values():
            path = self._names.folder / made.name
            with contextlib.suppress(OSError):
                state = path.lstat()
                left = made.size is None or (state.st_size, state.st_mtime_ns) == (made.size, made.changed_ns)
                if stat.S_ISREG(state.st_mode) and left and path != current:
                    found.append(_Kept(path=path, size=state.st_size, changed_s=state.st_mtime))
        return sorted(found, key=lambda file: (file.changed_s, file.path.name))

    def _read(self) -> dict[str, Made]:
        """The list, with the last line of each file; a line that is none of ours is passed over."""
        made: dict[str, Made] = {}
        try:
            if self.list_path.stat().st_size > MAX_LIST_BYTES:
                return {}
            lines = self.list_path.read_text("utf-8", "replace").splitlines()
        except OSError:
            return {}
        for line in lines:
            entry = _parsed(line)
            if entry is not None and self._names.matches(entry.name):
                made[entry.name] = entry
        return made

    def _append(self, made: Made) -> None:
        # A list that cannot be written loses nothing: what is not in it is never removed.
        with contextlib.suppress(OSError), self.list_path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(made)) + "\n")

    def _forget(self, removed: list[Path]) -> None:
        """Write the list anew without what was removed."""
        if not removed:
            return
        made = self._read()
        for path in removed:
            made.pop(path.name, None)
        draft = self.list_path.with_name(f"{self.list_path.name}.part")
        with contextlib.suppress(OSError):
            draft.write_text("".join(json.dumps(asdict(each)) + "\n" for each in made.values()), "utf-8")
            os.replace(draft, self.list_path)


def _parsed(line: str) -> Made | None:
    try:
        fields = json.loads(line)
        name, size, changed_ns = fields["name"], fields["size"], fields["changed_ns"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    numbers = all(number is None or type(number) is int for number in (size, changed_ns))
    if not isinstance(name, str) or not numbers or len(name) > _MAX_NAME or Path(name).name != name:
        return None
    return Made(name=name, size=size, changed_ns=changed_ns)


def _size_of(path: Path | None) -> int:
    try:
        return 0 if path is None else path.stat().st_size
    except OSError:
        return 0


def _remove(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
