"""The progress of a benchmark: a bar and notices, both on standard error."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from narrowcast.runtime.reporting import MAX_LINE_CHARACTERS
from narrowcast.text import printable


class Listener:
    """Is told what a run does, and shows it: a progress bar and notices, both on standard error."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._progress = Progress(
            TextColumn("{task.description:<24}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._progress.add_task("loading", total=None)

    def __enter__(self) -> Listener:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def notice(self, line: str) -> None:
        """Print above the bar."""
        self._console.print(
            f"narrowcast: {printable(line, MAX_LINE_CHARACTERS)}", markup=False, soft_wrap=True
        )

    def begin(self, steps: int) -> None:
        """Give the bar its length."""
        self._progress.update(self._task, total=steps)

    def activity(self, text: str) -> None:
        """Write before the bar."""
        self._progress.update(self._task, description=text)

    def step(self, count: int) -> None:
        """Move the bar."""
        self._progress.advance(self._task, count)
