"""Tables on the screen, drawn from descriptions of their columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from rich.box import HEAVY_HEAD
from rich.console import Console
from rich.table import Table

from narrowcast.benchmark.results import Gap

NOTHING = "-"
"""Stands where there is no value."""
FILE_WIDTH = 160
"""Characters across a table that goes into a file, where nothing may be cut off."""


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    title: str
    "with the unit"
    value: str | Callable[[Any], object]
    'attribute of the row, dotted ("age_ms.p95"), or a function of the row; None shows a dash'
    format: str = ""
    'format of a number (".1f"), which is set to the right; empty for text'

    def text(self, row: object) -> str:
        """Write a row's cell."""
        value = _read(row, self.value)
        return NOTHING if value is None else format(value, self.format)


@dataclass(frozen=True, kw_only=True)
class TableView:
    """A table as data: title, columns and rows; `draw_table` makes it."""

    title: str
    "above it"
    columns: Sequence[Column]
    "from left to right"
    rows: Iterable[object]
    "objects that the columns read, and gaps: the columns that a gap's key names, then its reason"
    section: str | Callable[[Any], object] = ""
    "attribute or function of the rows at whose change a line is drawn"
    header: bool = True
    "whether the columns' titles are shown"
    frame: bool = True
    "whether there are lines around it"


def fact_table(title: str, *groups: Iterable[tuple[str, str]]) -> TableView:
    """Describe a table of names and values, with a line between the groups."""
    return TableView(
        title=title,
        columns=(Column("", lambda fact: fact[1]), Column("", lambda fact: fact[2])),
        rows=[(index, *fact) for index, facts in enumerate(groups) for fact in facts],
        section=lambda fact: fact[0],
        header=False,
    )


def draw_table(view: TableView) -> Table:
    """Make the table that rich prints."""
    box = HEAVY_HEAD if view.frame else None
    table = Table(title=view.title, title_justify="left", show_header=view.header, box=box)
    for column in view.columns:
        table.add_column(column.title, justify="right" if column.format else "left")
    before: object = None
    for row in view.rows:
        if view.section:
            group = row.key[str(view.section)] if isinstance(row, Gap) else _read(row, view.section)
            if before not in (None, group):
                table.add_section()
            before = group
        cells = _gap_cells(row, view.columns) if isinstance(row, Gap) else [c.text(row) for c in view.columns]
        table.add_row(*cells)
    return table


def _read(row: object, value: str | Callable[[Any], object]) -> object:
    return attrgetter(value)(row) if isinstance(value, str) else value(row)


def _gap_cells(gap: Gap, columns: Sequence[Column]) -> list[str]:
    known = [(gap.key[str(column.value)], column.format) for column in columns if column.value in gap.key]
    return [*(format(value, form) if value else NOTHING for value, form in known), gap.reason]


def table_console() -> Console:
    """The console for tables: as wide as the terminal, and wide enough where there is none."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=FILE_WIDTH)


def show(views: Iterable[TableView | str]) -> None:
    """Print tables and sentences on standard output."""
    console = table_console()
    for view in views:
        if isinstance(view, str):
            console.print(view, soft_wrap=True, markup=False)
        else:
            console.print(draw_table(view))
