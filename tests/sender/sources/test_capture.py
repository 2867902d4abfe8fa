"""Tests of sender/sources/capture.py."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from narrowcast.sender.sources.capture import DEFAULT_FPS, open_capture, rgb_of, true_fps
from tests.sender.video_files import write_video


@pytest.mark.parametrize("lie", [0.0, -1.0, 10_000.0, 90_000.0, math.nan, math.inf])
def test_a_pace_that_cannot_be_true_is_replaced(lie: float) -> None:
    assert true_fps(lie) == DEFAULT_FPS


@pytest.mark.parametrize("truth", [0.5, 10.0, 29.97, 240.0])
def test_a_true_pace_is_kept(truth: float) -> None:
    assert true_fps(truth) == truth


def test_a_camera_that_is_not_there_is_opened_in_silence(capfd: pytest.CaptureFixture[str]) -> None:
    camera = open_capture(97, 64, 64)
    assert not camera.isOpened()
    camera.release()
    assert capfd.readouterr().err == ""


def test_opencv_opens_no_video_file(tmp_path: Path) -> None:
    # Its decoder hands out uninitialised memory for interlaced video: files, URLs and pipes go through PyAV.
    path = write_video(tmp_path / "v.mp4", frames=3, fps=10)
    assert cv2.VideoCapture(str(path)).isOpened()
    assert not open_capture(str(path), 64, 64).isOpened()


def test_opencvs_channel_order_is_turned_round() -> None:
    blue = np.zeros((2, 2, 3), np.uint8)
    blue[..., 0] = 255
    assert rgb_of(blue)[0, 0].tolist() == [0, 0, 255]
