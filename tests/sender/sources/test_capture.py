"""Tests of sender/sources/capture.py."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from sender.sources.capture import DEFAULT_FPS, open_capture, true_fps
from tests.sender.video_files import write_video


@pytest.mark.parametrize("lie", [0.0, -1.0, 10_000.0, 90_000.0, math.nan, math.inf])
def test_a_pace_that_cannot_be_true_is_replaced(lie: float) -> None:
    assert true_fps(lie) == DEFAULT_FPS


@pytest.mark.parametrize("truth", [0.5, 10.0, 29.97, 240.0])
def test_a_true_pace_is_kept(truth: float) -> None:
    assert true_fps(truth) == truth


def test_opens_a_file_and_nothing_else_in_silence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    good = open_capture(str(write_video(tmp_path / "v.mp4", frames=3, fps=10)), 0, 0)
    (tmp_path / "bad.mp4").write_bytes(bytes(range(256)) * 40)
    bad = open_capture(str(tmp_path / "bad.mp4"), 0, 0)
    nothing = open_capture("http://127.0.0.1:9/none.mp4", 0, 0)
    camera = open_capture(97, 64, 64)
    assert [capture.isOpened() for capture in (good, bad, nothing, camera)] == [True, False, False, False]
    for capture in (good, bad, nothing, camera):
        capture.release()
    assert capfd.readouterr().err == ""
