"""Tests of benchmark/browser/chromium.py: what a page does, and what it complains of."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.benchmark.browser import chromium as driver
from narrowcast.benchmark.browser.chromium import BrowserError, chromium
from tests.browser import NEEDS_CHROMIUM


@NEEDS_CHROMIUM
def test_scripts_run_and_complaints_are_kept(tmp_path: Path) -> None:
    with chromium(tmp_path) as browser:
        assert browser.run("1 + 1") == 2
        assert browser.wait_for("document.readyState === 'complete'") is True
        browser.run("console.error('broken'), 1")
        browser.run("1")
        assert len(browser.complaints) == 1 and "broken" in browser.complaints[0]
        with pytest.raises(BrowserError, match="a script failed"):
            browser.run("nothing.there")
        with pytest.raises(BrowserError, match=r"No\.such"):
            browser.call("No.such")
        assert browser.screenshot().startswith(b"\x89PNG")


def test_without_a_browser_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "CHROMIUM", None)
    with pytest.raises(BrowserError, match="not installed"), chromium(tmp_path):
        pass
