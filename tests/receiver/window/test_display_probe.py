"""Tests of receiver/window/display_probe.py."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from narrowcast.receiver.window.display_probe import _display_answers, display_usable
from tests.receiver.virtual_display import XVFB, virtual_display

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the environment tells only on Linux")


@LINUX
@pytest.mark.parametrize(
    "display", ["", "nonsense", ":", ":9731", ":9731.0", "unix:9731", "127.0.0.1:9731", "localhost:99999"]
)
def test_a_display_that_does_not_answer_is_none(display: str) -> None:
    assert not _display_answers({"DISPLAY": display})


@LINUX
def test_no_display_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not display_usable()


@LINUX
def test_a_wayland_display_that_is_not_there_does_not_end_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-9731")
    assert not display_usable()


@pytest.mark.skipif(XVFB is None, reason="Xvfb is not installed (Debian: apt-get install xvfb)")
def test_a_display_that_answers_is_usable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with virtual_display(tmp_path) as display:
        monkeypatch.setenv("DISPLAY", display.name)
        assert display_usable()
