"""Notices go to standard error, one line each."""

from __future__ import annotations

import pytest

from narrowcast.benchmark.progress import Listener


def test_notices_are_one_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with Listener() as listener:
        listener.begin(2)
        listener.activity("gan [bold]")
        listener.step(1)
        listener.notice("a long line " * 20 + "[end]")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("narrowcast: a long line") and captured.err.endswith("[end]\n")
