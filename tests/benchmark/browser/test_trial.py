"""Tests of benchmark/browser/trial.py: the settings, and the page's address in the sender's lines."""

from __future__ import annotations

import pytest

from narrowcast.benchmark.browser import trial
from narrowcast.benchmark.browser.trial import BrowserSettings, Trial, page_of
from narrowcast.benchmark.errors import LinkError
from narrowcast.errors import ConfigError
from narrowcast.runtime.signals import StopSignal


def test_the_page_is_found_and_its_token_put_in() -> None:
    line = {"event": "notice", "text": "to watch in a browser, open https://10.77.0.1:8443/?token=***"}
    assert page_of(line) == ["https://10.77.0.1:8443/?token=benchmark"]
    assert page_of({"event": "second", "fps": 15.0}) == []


def test_without_a_browser_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "CHROMIUM", None)
    with pytest.raises(LinkError, match="apt-get install chromium"):
        Trial(BrowserSettings(), 0.0, "never").run(StopSignal())


def test_settings_are_checked() -> None:
    with pytest.raises(ConfigError):
        BrowserSettings(every=(5,))
    assert BrowserSettings(links=(64.0, 64.0)).links == (64.0,)
