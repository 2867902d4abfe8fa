"""A reporter that remembers what it was told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from narrowcast.runtime.reporting import Notice, Statistics


def keep_text(lines: list[str]) -> Callable[[Notice], None]:
    """What takes notices and adds their texts to `lines`."""
    return lambda notice: lines.append(notice.on_command_line())


class RememberingReporter:
    """Keeps notices, seconds and summaries; any thread may look."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        self.urls: list[str] = []
        self.seconds: list[dict[str, Any]] = []
        self.summaries: list[dict[str, Any]] = []

    def notice(self, notice: Notice) -> None:
        """Keep the line."""
        self.notices.append(notice.on_command_line())
        if notice.url:
            self.urls.append(notice.url)

    def second(self, statistics: Statistics) -> None:
        """Keep the numbers."""
        self.seconds.append(dict(statistics.to_json_dict()))

    def summary(self, statistics: Statistics, details: Mapping[str, object]) -> None:
        """Keep the numbers."""
        self.summaries.append(dict(statistics.to_json_dict()) | dict(details))
