"""What a table looks like, as text."""

from __future__ import annotations

from rich.console import Console

from narrowcast.benchmark.tables import TableView, draw_table


def text_of(view: TableView) -> str:
    """Draw a table on a wide screen."""
    console = Console(width=200)
    with console.capture() as capture:
        console.print(draw_table(view))
    return capture.get()
