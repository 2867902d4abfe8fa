"""The command `narrowcast devices`."""

from __future__ import annotations

import json

import pytest

from narrowcast.sender.devices_command import main, show
from narrowcast.sender.sources.cameras import Camera, CameraMode

CAMERA = Camera(
    source="/dev/video0",
    name="HD \x1b[31mCamera",
    stable_source="/dev/v4l/by-id/usb-HD index0",
    modes=(
        CameraMode(pixels="MJPG", width=1280, height=720, fps=(60.0, 30.0)),
        CameraMode(pixels="MJPG", width=640, height=360, fps=()),
        CameraMode(pixels="YUYV", width=640, height=360, fps=(30.0,)),
    ),
)
BROKEN = Camera(source="/dev/video2", name="", problem="it cannot be opened (device or resource busy)")


def test_each_camera_begins_with_what_to_paste(capsys: pytest.CaptureFixture[str]) -> None:
    assert show((CAMERA, BROKEN), as_json=False) == 0
    assert capsys.readouterr().out.splitlines() == [
        "narrowcast send '/dev/v4l/by-id/usb-HD index0'  (HD ?[31mCamera)",
        "    now /dev/video0",
        "    MJPG 1280x720 60/30 fps, 640x360",
        "    YUYV 640x360 30 fps",
        "narrowcast send /dev/video2",
        "    it cannot be opened (device or resource busy)",
    ]


def test_json_has_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert show((CAMERA,), as_json=True) == 0
    (camera,) = json.loads(capsys.readouterr().out)
    assert camera["source"] == "/dev/video0" and camera["modes"][0]["fps"] == [60.0, 30.0]


def test_no_camera_is_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert show((), as_json=False) == 1
    assert "there is no camera; plug one in" in capsys.readouterr().err
    assert show((), as_json=True) == 1
    assert capsys.readouterr().out == "[]\n"


def test_the_command_runs_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json"]) in (0, 1)
    assert isinstance(json.loads(capsys.readouterr().out), list)
