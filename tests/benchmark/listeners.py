"""A listener that remembers every call."""

from __future__ import annotations

from dataclasses import dataclass, field

from narrowcast.benchmark.progress import Listener


@dataclass
class RememberingListener(Listener):
    """Remembers every call."""

    notices: list[str] = field(default_factory=list)
    activities: list[str] = field(default_factory=list)
    total: int = 0
    done: int = 0

    def notice(self, line: str) -> None:
        """Keep the line."""
        self.notices.append(line)

    def begin(self, steps: int) -> None:
        """Keep the length."""
        self.total = steps

    def activity(self, text: str) -> None:
        """Keep the text."""
        self.activities.append(text)

    def step(self, count: int) -> None:
        """Add up."""
        self.done += count
