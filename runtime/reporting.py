"""What a program reports while it runs: notices as data, and reporters that take them and the statistics."""

from __future__ import annotations

import enum
import logging
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Generic, Protocol, TypeVar

from narrowcast.errors import NarrowcastError, Remedy, advice
from narrowcast.text import printable

_log = logging.getLogger("narrowcast")

MAX_LINE_CHARACTERS = 2000
"None of the program's own texts is as long."


class Level(enum.Enum):
    """How urgently a notice needs a person's attention."""

    INFO = "info"
    "it tells what happens"
    WARNING = "warning"
    "there is something to do, or something is not as it should be"


@dataclass(frozen=True)
class Notice:
    """One thing that happened, as data: each front end puts it into its own words."""

    text: str
    "for people; names no option of the command line and no argument of Python"
    _: KW_ONLY
    level: Level = Level.INFO
    remedy: Remedy | None = None
    "a setting that helps"
    url: str = ""
    "the address that another machine connects to, where the notice is about one that was opened"

    def on_command_line(self) -> str:
        """The text and the remedy for somebody who types commands."""
        return advice(self.text, self.remedy.on_command_line() if self.remedy else None)

    def in_python(self) -> str:
        """The text and the remedy for somebody who calls Narrowcast from Python."""
        return advice(self.text, self.remedy.in_python() if self.remedy else None)


def failure(what: str, error: BaseException, outcome: str) -> Notice:
    """The notice of an error that does not end the program: what failed, why, and how it goes on."""
    remedy = error.remedy if isinstance(error, NarrowcastError) else None
    return Notice(f"{what}: {reason_of(error)}; {outcome}", level=Level.WARNING, remedy=remedy)


def reason_of(error: BaseException) -> str:
    """What an error says, without its remedy."""
    text = error.text if isinstance(error, NarrowcastError) else str(error)
    return text or type(error).__name__


class Statistics(Protocol):
    """Statistics of one second or of the whole run."""

    def to_json_dict(self) -> dict[str, object]:
        """Plain values only."""
        ...


StatisticsT = TypeVar("StatisticsT", bound=Statistics)
StatisticsT_contra = TypeVar("StatisticsT_contra", bound=Statistics, contravariant=True)


class Reporter(Protocol[StatisticsT_contra]):
    """Where a pipeline tells what happens."""

    def notice(self, notice: Notice) -> None:
        """Tell one thing that happened."""
        ...

    def second(self, statistics: StatisticsT_contra) -> None:
        """Tell the last second's statistics."""
        ...

    def summary(self, statistics: StatisticsT_contra, details: Mapping[str, object]) -> None:
        """Tell the whole run's statistics; `details` for programs that read JSON."""
        ...


class LogReporter(Generic[StatisticsT]):
    """Logs notices for programs that use Narrowcast as a library; any thread may look at what it keeps."""

    def __init__(self) -> None:
        self.url = ""
        "of the open socket, as another machine gives it; empty where this side connects"
        self.latest: StatisticsT | None = None
        "the statistics of the last second; None before the first is over"

    def notice(self, notice: Notice) -> None:
        """Log the notice at its level."""
        self.url = notice.url or self.url
        # Python shows warnings even to a program that has not set up its logging.
        level = logging.WARNING if notice.level is Level.WARNING else logging.INFO
        _log.log(level, "%s", printable(notice.in_python(), MAX_LINE_CHARACTERS))

    def second(self, statistics: StatisticsT) -> None:
        """Keep the last second's statistics."""
        self.latest = statistics

    def summary(self, statistics: StatisticsT, details: Mapping[str, object]) -> None:
        """Do nothing: the program that uses the stream knows when it has ended."""
