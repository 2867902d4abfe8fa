"""The screen where there is no display; with one, the window's own tests speak for it."""

from __future__ import annotations

import pytest

from receiver.config import ReceiverConfig
from receiver.screen import Screen
from tests.receiver.test_meter import decoded_frame
from tests.reporters import RememberingReporter


def test_without_a_display_it_says_so_once_and_takes_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    reporter = RememberingReporter()
    screen = Screen(ReceiverConfig(url="tcp://127.0.0.1:1"), reporter)
    screen.show(decoded_frame(sender_capture_us=1, capture_us=None), age_ms=10.0)
    screen.note("waiting")
    screen.pump()
    screen.close()
    assert reporter.notices == ["there is no display here; going on without a window"]
    assert not screen.has_window
    assert not screen.closed


def test_no_window_is_not_worth_a_word_where_none_was_wanted() -> None:
    reporter = RememberingReporter()
    Screen(ReceiverConfig(url="tcp://127.0.0.1:1", window=False), reporter).close()
    assert reporter.notices == []
