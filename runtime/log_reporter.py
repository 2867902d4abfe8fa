"""Tells what a pipeline has to say to the log "narrowcast": for programs that use Narrowcast as a library."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Generic

from protocol.wire.text import printable
from runtime.terminal import StatisticsT

_log = logging.getLogger("narrowcast")

_MAX_LINE_CHARACTERS = 2000
_NEEDS_A_PERSON = re.compile(r"\brun\b|\bpaste\b|still trying|^warning|cannot")
"What names a command to run, or says that something does not work, is a warning: Python shows those unasked."


class LogReporter(Generic[StatisticsT]):
    """Logs notices, and keeps the newest statistics and the address; any thread may look."""

    def __init__(self) -> None:
        self.url = ""
        "of the open socket, as another machine gives it; empty where this side connects"
        self.latest: StatisticsT | None = None
        "the statistics of the last second; None before the first is over"

    def notice(self, text: str, *, url: str = "") -> None:
        """Log the line."""
        self.url = url or self.url
        level = logging.WARNING if _NEEDS_A_PERSON.search(text) else logging.INFO
        _log.log(level, "%s", printable(text, _MAX_LINE_CHARACTERS))

    def second(self, statistics: StatisticsT) -> None:
        """Keep them."""
        self.latest = statistics

    def summary(self, statistics: StatisticsT, details: Mapping[str, object]) -> None:
        """Say nothing: the program knows when it has ended."""
