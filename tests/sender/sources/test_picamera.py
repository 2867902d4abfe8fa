"""Tests of picamera.py with a module that behaves as Picamera2 does."""

from __future__ import annotations

import sys
import types
from typing import Any

import numpy as np
import pytest

from narrowcast.errors import SourceError
from narrowcast.sender.sources.opening import open_source
from narrowcast.sender.sources.spec import parse_source
from narrowcast.sender.sources.wishes import SourceWishes


class Picamera2:
    """One camera: blue, green, red in memory where RGB888 was asked for, as the real one has it."""

    present = 1
    busy = False
    fails_after = 1000
    open_cameras = 0

    @staticmethod
    def global_camera_info() -> list[dict[str, Any]]:
        return [{"Model": "imx708", "Num": number} for number in range(Picamera2.present)]

    def __init__(self, number: int) -> None:
        if self.busy:
            raise RuntimeError("Failed to acquire camera: Device or resource busy")
        self._size: tuple[int, int] | None = None
        self._shots = 0
        self._started = False
        Picamera2.open_cameras += 1

    def create_video_configuration(self, main: dict[str, Any], controls: dict[str, Any]) -> dict[str, Any]:
        assert main["format"] == "RGB888" and controls["FrameRate"] > 0
        return main

    def configure(self, configuration: dict[str, Any]) -> None:
        self._size = configuration["size"]

    def start(self) -> None:
        assert self._size is not None
        self._started = True

    def capture_array(self, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        assert name == "main" and self._started and self._size is not None
        self._shots += 1
        if self._shots > self.fails_after:
            raise RuntimeError("Camera frontend has timed out!")
        width, height = self._size
        return np.full((height, width, 3), (200, 20, 10), np.uint8)

    def stop(self) -> None:
        self._started = False

    def close(self) -> None:
        Picamera2.open_cameras -= 1


@pytest.fixture(autouse=True)
def module(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = types.ModuleType("picamera2")
    fake.Picamera2 = Picamera2  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "picamera2", fake)
    for name, value in (("present", 1), ("busy", False), ("fails_after", 1000), ("open_cameras", 0)):
        monkeypatch.setattr(Picamera2, name, value)


def test_pictures_come_in_their_colours_and_the_camera_is_closed() -> None:
    with open_source(parse_source("picamera:"), SourceWishes(width=64, height=48, fps=20)) as source:
        assert source.live and source.fps == 20
        frame = source.read(20)
    assert frame is not None and frame.rgb.shape == (48, 64, 3)
    assert frame.rgb[0, 0].tolist() == [10, 20, 200]
    assert Picamera2.open_cameras == 0


def test_a_camera_that_fails_is_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Picamera2, "fails_after", 3)
    monkeypatch.setattr("narrowcast.sender.sources.live.NO_FRAME_S", 0.05)
    with open_source(parse_source("picamera:0"), SourceWishes(width=64, height=48)) as source:
        said: list[str] = []
        while not any("is back" in text for text in said):
            source.read(1)
            said += [notice.text for notice in source.notices()]
    assert any(text.startswith("camera 0 of the Raspberry Pi gave no frame") for text in said)


def test_what_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    wishes = SourceWishes(width=64, height=48)
    with pytest.raises(SourceError, match="Raspberry Pi: there is no camera 1; this machine has 1"):
        open_source(parse_source("picamera:1"), wishes)
    monkeypatch.setattr(Picamera2, "busy", True)
    with pytest.raises(SourceError, match="is another program using it"):
        open_source(parse_source("picamera:"), wishes)
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(SourceError, match="sudo apt install python3-picamera2"):
        open_source(parse_source("picamera:"), wishes)
