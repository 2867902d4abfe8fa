"""Tests of cameras.py: what is made of the answers of V4L2 devices; linuxpy asks, a fake answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import pytest

from narrowcast.sender.sources.cameras import Camera, CameraMode, find_cameras, v4l2_cameras

device = pytest.importorskip("linuxpy.video.device")


@dataclass
class FakeInfo:
    """What a device says of itself, in linuxpy's types."""

    card: str
    device_capabilities: object
    frame_types: list[object] = field(default_factory=list)


class FakeDevice:
    """Opens a file of a folder as linuxpy opens a device."""

    infos: dict[str, FakeInfo | OSError] = {}

    def __init__(self, name: str) -> None:
        self._name = Path(name).name

    def __enter__(self) -> FakeDevice:
        found = self.infos[self._name]
        if isinstance(found, OSError):
            raise found
        self.info = found
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


def frame_type(pixels: str, width: int, height: int, fps: float) -> object:
    rate = Fraction(fps)
    return device.FrameType(
        type=device.FrameIntervalType.DISCRETE, pixel_format=device.PixelFormat[pixels], width=width,
        height=height, min_fps=rate, max_fps=rate, step_fps=rate,
    )  # fmt: skip


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(device, "Device", FakeDevice)
    capture, meta = device.Capability.VIDEO_CAPTURE, device.Capability.META_CAPTURE
    modes = [
        frame_type("YUYV", 640, 480, 30),
        frame_type("MJPEG", 640, 480, 30),
        frame_type("MJPEG", 1280, 720, 60),
        frame_type("MJPEG", 1280, 720, 30),
    ]
    FakeDevice.infos = {
        "video0": FakeInfo("HD Camera", capture, modes),
        "video1": FakeInfo("HD Camera", meta),
        "video2": PermissionError(13, "Permission denied"),
        "video10": OSError(16, "Device or resource busy"),
    }
    (tmp_path / "by-id").mkdir()
    for name in FakeDevice.infos:
        (tmp_path / name).touch()
    (tmp_path / "by-id" / "usb-HD-index0").symlink_to(tmp_path / "video0")
    return tmp_path


def test_each_camera_comes_with_its_modes(dev: Path) -> None:
    first, second, last = v4l2_cameras(dev, dev / "by-id")
    assert first == Camera(
        source=str(dev / "video0"),
        name="HD Camera",
        stable_source=str(dev / "by-id" / "usb-HD-index0"),
        modes=(
            CameraMode(pixels="MJPEG", width=1280, height=720, fps=(60.0, 30.0)),
            CameraMode(pixels="MJPEG", width=640, height=480, fps=(30.0,)),
            CameraMode(pixels="YUYV", width=640, height=480, fps=(30.0,)),
        ),
    )
    assert "usermod -aG video" in second.problem and second.source.endswith("video2")
    assert "busy" in last.problem and last.source.endswith("video10")


def test_looking_here_finds_what_there_is_and_fails_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(find_cameras(), tuple)
    monkeypatch.setattr("sys.platform", "darwin")
    assert isinstance(find_cameras(), tuple)
