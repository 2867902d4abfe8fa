"""A reporter that remembers what it was told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.terminal import Statistics


class RememberingReporter:
    """Keeps notices, seconds and summaries; any thread may look."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        self.urls: list[str] = []
        self.seconds: list[dict[str, Any]] = []
        self.summaries: list[dict[str, Any]] = []

    def notice(self, text: str, *, url: str = "") -> None:
        """Keep the line."""
        self.notices.append(text)
        if url:
            self.urls.append(url)

    def second(self, statistics: Statistics) -> None:
        """Keep the numbers."""
        self.seconds.append(dict(statistics.to_json_dict()))

    def summary(self, statistics: Statistics, details: Mapping[str, object]) -> None:
        """Keep the numbers."""
        self.summaries.append(dict(statistics.to_json_dict()) | dict(details))
