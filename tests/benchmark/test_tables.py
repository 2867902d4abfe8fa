"""Tables: cells, dashes, gaps, sections; never cut off in a file."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from narrowcast.benchmark.results import Gap
from narrowcast.benchmark.tables import (
    FILE_WIDTH,
    Column,
    TableView,
    draw_table,
    fact_table,
    show,
    table_console,
)
from tests.benchmark.table_text import text_of


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of two columns."""

    codec: str
    kbps: float | None


COLUMNS = (
    Column("codec", "codec"),
    Column("kbit/s", "kbps", ".1f"),
    Column("name's length", lambda row: len(row.codec), "d"),
)


def test_cells_are_formatted_and_what_is_missing_is_a_dash() -> None:
    rows = [Row(codec="gan", kbps=12.34), Row(codec="jpeg", kbps=None)]
    text = text_of(TableView(title="rates", columns=COLUMNS, rows=rows))
    assert "rates" in text and "12.3 " in text
    assert [word for word in text.splitlines()[-2].split() if word.isalnum() or word == "-"] == [
        *("jpeg", "-", "4")
    ]


def test_a_gap_has_its_key_and_its_reason() -> None:
    gap = Gap(key={"codec": "avif"}, reason="not installed")
    (line,) = (
        line
        for line in text_of(TableView(title="", columns=COLUMNS, rows=[gap])).splitlines()
        if "avif" in line
    )
    assert "not installed" in line


def test_a_line_is_drawn_where_the_section_changes() -> None:
    rows = [Row(codec="gan", kbps=1), Row(codec="gan", kbps=2), Gap(key={"codec": "avif"}, reason="none")]
    views = [TableView(title="", columns=COLUMNS, rows=rows, section=section) for section in ("", "codec")]
    plain, divided = (len(text_of(view).splitlines()) for view in views)
    assert divided == plain + 1


def test_facts_are_names_and_values_in_groups() -> None:
    text = text_of(fact_table("demo", [("frames", "8")], [("encode", "1 ms")]))
    assert "frames" in text and "1 ms" in text and "├" in text


def test_a_column_of_numbers_is_set_to_the_right() -> None:
    table = draw_table(TableView(title="", columns=COLUMNS, rows=[]))
    assert [column.justify for column in table.columns] == ["left", "right", "right"]


def test_tables_and_sentences_go_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    show([TableView(title="a table", columns=COLUMNS, rows=[]), "a long sentence " * 20 + "[end]"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("a table")
    assert lines[-1].endswith("[end]")


def test_a_table_in_a_file_is_wide() -> None:
    assert table_console().width == FILE_WIDTH
