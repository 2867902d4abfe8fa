"""Tests of benchmark/browser/watcher.py: lines of what a page says, from a real browser."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from narrowcast.benchmark.browser import watcher
from tests.browser import NEEDS_CHROMIUM
from tests.sender.web.sites import sender_with_page


@NEEDS_CHROMIUM
def test_the_first_picture_and_the_figures_are_told() -> None:
    with sender_with_page() as (_, url):
        command = [sys.executable, "-m", watcher.__name__, url, "--seconds", "2"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert lines[0]["event"] == "first" and lines[0]["first_ms"] > 0 and lines[0]["loaded_bytes"] > 10_000
    assert lines[-1]["event"] == "figures" and lines[-1]["fps"] > 0 and lines[-1]["agesMs"]


def test_what_fails_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("narrowcast.benchmark.browser.chromium.CHROMIUM", None)
    monkeypatch.setattr(sys, "argv", ["watcher", "http://127.0.0.1:1/", "--seconds", "1"])
    assert watcher.main() == 1
    assert "apt-get install chromium" in json.loads(capsys.readouterr().out)["reason"]
