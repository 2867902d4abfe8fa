"""Notices go to standard error, tables are never cut off in a file."""

from __future__ import annotations

import pytest

from benchmark.progress import TABLE_WIDTH, TerminalListener, table_console


def test_notices_are_one_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with TerminalListener() as listener:
        listener.begin(2)
        listener.activity("gan [bold]")
        listener.step(1)
        listener.notice("a long line " * 20 + "[end]")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("narrowcast: a long line") and captured.err.endswith("[end]\n")


def test_a_table_in_a_file_is_wide() -> None:
    assert table_console().width == TABLE_WIDTH
