"""Tests of attacks.py: a short attack against the real programs, and its row in the table."""

from __future__ import annotations

import sys

import pytest

from tests.attacks.__main__ import main

pytest.importorskip("psutil")


@pytest.mark.skipif(sys.platform != "linux", reason="the attackers are Linux's")
def test_a_recording_with_bombs_is_exported_without_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "recording"]) == 0
    row = capsys.readouterr().out.splitlines()[-1].split("|")
    assert row[1].strip() == "recording" and "27 of 27 shown" in row[5]
    assert float(row[2]) < 1000
