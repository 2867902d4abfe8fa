"""Names of recordings: one name, or a pattern such as cam-%Y%m%d-%H%M.mp4 that gives each file its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from narrowcast.errors import ConfigError

_DIGITS = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2, "j": 3, "f": 6}
"What may follow a % in a pattern, and how many digits it becomes: the same on every system."

_MAX_COPIES = 10_000
"Files of one name, NAME-2 and so on: with more something else is wrong."


def is_pattern(path: Path) -> bool:
    """Whether each file gets a name of its own."""
    return "%" in path.name


def check_pattern(path: Path, setting: str) -> None:
    """Raise ConfigError where something else than a part of the time follows a %."""
    if is_pattern(path):
        for letter in re.findall(r"%(.?)", path.name.replace("%%", "")):
            if letter not in _DIGITS:
                raise ConfigError(
                    f"is {str(path)!r}; behind % may stand {', '.join(_DIGITS)}, or % for the sign itself",
                    setting=setting,
                )


class RecordingNames:
    """The names that a recording gives to its files, and how they are known again."""

    def __init__(self, path: Path) -> None:
        """Read a name or a pattern; other parts of the path than the name are taken as they are."""
        self.path = path
        "as it was given"
        self.folder = path.parent
        "of all files"
        self._stem, self._suffix = path.stem, path.suffix

    def candidates(self, taken: datetime, *, first: bool) -> Iterator[Path]:
        """Names for a file that begins at this time, the best first.

        `first`: of the recording. One name without a pattern is meant as it is; later files get a number.
        """
        stem = self._filled(taken)
        only = first and not is_pattern(self.path)
        yield self.folder / (stem + self._suffix)
        for number in range(2, 2 if only else _MAX_COPIES):
            yield self.folder / f"{stem}-{number}{self._suffix}"

    def matches(self, name: str) -> bool:
        """Whether a file of this name could be one of this recording's."""
        pattern = "".join(
            rf"\d{{{_DIGITS[part[1]]}}}" if part[1:2] in _DIGITS else re.escape(part.replace("%%", "%"))
            for part in re.findall(r"%.|[^%]+", self._stem)
        )
        return re.fullmatch(rf"{pattern}(-\d+)?{re.escape(self._suffix)}", name) is not None

    def _filled(self, taken: datetime) -> str:
        if not is_pattern(self.path):
            return self._stem
        return taken.strftime(self._stem)
