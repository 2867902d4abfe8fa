"""The terminal: one-line errors, notices, and statistics as text or as JSON lines."""

from __future__ import annotations

import argparse
import errno
import json
import logging
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, NoReturn, TextIO

from narrowcast.early_end import interrupt_when_stopped, leave_at_once
from narrowcast.errors import NarrowcastError
from narrowcast.output import silence, steady_output
from narrowcast.runtime.descriptors import raise_descriptor_limit
from narrowcast.runtime.reporting import MAX_LINE_CHARACTERS, Level, Notice, Reporter, Statistics, StatisticsT
from narrowcast.text import hide_passwords, printable

if TYPE_CHECKING:
    from rich.table import Table

EXIT_BAD_INPUT = 2


class JsonReporter:
    """One JSON object a line on standard output."""

    def __init__(self, stream: str = "") -> None:
        """Speak of one of several streams, or of the only one."""
        self._stream = {"stream": stream} if stream else {}

    def notice(self, notice: Notice) -> None:
        """Write {"event": "notice", ...}; `text` has the remedy in it, as on the command line."""
        line: dict[str, object] = {"event": "notice", "level": notice.level.value}
        line["text"] = hide_passwords(notice.on_command_line())
        if notice.remedy is not None:
            line["remedy"] = {"setting": notice.remedy.setting, "value": notice.remedy.value}
        self._write(line | {"url": notice.url} if notice.url else line)

    def second(self, statistics: Statistics) -> None:
        """Write {"event": "second", ...}."""
        self._write({"event": "second"} | statistics.to_json_dict())

    def summary(self, statistics: Statistics, details: Mapping[str, object]) -> None:
        """Write {"event": "summary", ...}."""
        self._write({"event": "summary"} | statistics.to_json_dict() | dict(details))

    def _write(self, line: dict[str, object]) -> None:
        _print_line(json.dumps(line | self._stream), sys.stdout)


class RichReporter(Generic[StatisticsT]):
    """Lines and tables for people; made of the statistics by the two functions."""

    def __init__(
        self,
        second_line: Callable[[StatisticsT], str],
        summary_table: Callable[[StatisticsT], Table],
        stream: str = "",
    ) -> None:
        from rich.console import Console  # not where the codec is trained

        self._console = Console(highlight=False)
        self._second_line = second_line
        self._summary_table = summary_table
        self._prefix = _prefix(stream)

    def notice(self, notice: Notice) -> None:
        """Print the line, a warning in bold."""
        line = _one_line(self._prefix + notice.on_command_line())
        style = "bold" if notice.level is Level.WARNING else None
        # soft_wrap: a command to paste must stay on one line however narrow the terminal is.
        self._console.print(line, markup=False, soft_wrap=True, style=style)

    def second(self, statistics: StatisticsT) -> None:
        """Print one line."""
        line = self._prefix + self._second_line(statistics)
        self._console.print(line, markup=False, soft_wrap=True, style="dim")

    def summary(self, statistics: StatisticsT, details: Mapping[str, object]) -> None:
        """Print a table."""
        table = self._summary_table(statistics)
        table.title = f"{self._prefix}{table.title}"
        self._console.print(table)


class NoticeReporter:
    """Notices on standard error and no statistics."""

    def __init__(self, stream: str = "") -> None:
        """Speak of one of several streams, or of the only one."""
        self._prefix = _prefix(stream)

    def notice(self, notice: Notice) -> None:
        """Print the line."""
        _print_line(_one_line(self._prefix + notice.on_command_line()), sys.stderr)

    def second(self, statistics: Statistics) -> None:
        """Print nothing: statistics are off."""

    def summary(self, statistics: Statistics, details: Mapping[str, object]) -> None:
        """Print nothing: statistics are off."""


def make_reporter(
    stats: str,
    second_line: Callable[[StatisticsT], str],
    summary_table: Callable[[StatisticsT], Table],
    stream: str = "",
) -> Reporter[StatisticsT]:
    """The reporter that `--stats` names; the functions write for people, stream is named on each line."""
    if stats == "json":
        return JsonReporter(stream)
    if stats == "off":
        return NoticeReporter(stream)
    return RichReporter(second_line, summary_table, stream)


def _print_line(text: str, file: TextIO) -> None:
    """Print a line in one piece: several streams print from threads of their own."""
    file.write(text + "\n")
    file.flush()


def _prefix(stream: str) -> str:
    """What tells the lines of several streams apart."""
    return f"{stream}: " if stream else ""


class OneLineParser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, like every other error of the program."""

    def error(self, message: str) -> NoReturn:
        """Print the line and leave with status 2."""
        self.exit(print_error(f"{message} (see {self.prog} --help)"))


def print_error(text: object) -> int:
    """Print `narrowcast: error: ...` on one line of standard error; returns the exit status for bad input."""
    with suppress(OSError, ValueError):  # standard error may be full or gone: the status still tells
        print("narrowcast: error:", _one_line(" ".join(str(text).split())), file=sys.stderr, flush=True)
    return EXIT_BAD_INPUT


class OneLineFormatter(logging.Formatter):
    """Log records that stay on one line, whatever a peer put into them; a traceback follows as it is."""

    def __init__(self) -> None:
        super().__init__("narrowcast: %(levelname)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line."""
        return _one_line(super().formatMessage(record))


def _one_line(text: str) -> str:
    """Text that moves no cursor and begins no line of its own, wherever it came from."""
    return printable(text, MAX_LINE_CHARACTERS)


def run_command(command: Callable[[], None], *, live: bool = False) -> int:
    """Run a command; returns the exit status. A NarrowcastError is told in one line, without a traceback.

    A live one goes on where its output is closed, full or gone, and until its pipeline takes the signals over
    they end it at once. Any other ends with the reader of its output.
    """
    if not live:
        interrupt_when_stopped()
        return _run_command(command)
    with steady_output():
        return _run_command(command)


def _run_command(command: Callable[[], None]) -> int:
    raise_descriptor_limit()
    handler = logging.StreamHandler()
    handler.setFormatter(OneLineFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    # Until a pipeline takes the signals over, SIGTERM interrupts like Ctrl-C.
    before = signal.getsignal(signal.SIGTERM)
    if before is not leave_at_once:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        command()
    except KeyboardInterrupt:
        return 0
    except NarrowcastError as error:
        return print_error(error.on_command_line())
    except OSError as error:
        if error.errno == errno.ENOSPC:
            return print_error("cannot write: no space left on the disk; make room there, or write elsewhere")
        if error.errno not in (errno.EPIPE, errno.EIO):
            raise
        # The reader of our output has gone, as in `| head`, or with the window of the terminal.
        silence(sys.stdout)
        return 0
    finally:
        if signal.getsignal(signal.SIGTERM) is not before:
            signal.signal(signal.SIGTERM, before)
    return 0
