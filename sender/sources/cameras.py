"""The cameras of this machine, with the sizes and rates that each says it can do."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from narrowcast.sender.sources.capture import open_capture

MAX_INDEX = 8
"Where the system does not list its cameras, indexes below this one are tried."

BY_ID = Path("/dev/v4l/by-id")
"Names that stay the same whichever camera was plugged in first."


@dataclass(frozen=True, kw_only=True)
class CameraMode:
    """One way in which a camera can work."""

    pixels: str
    "as V4L2 calls them: MJPG, YUYV, H264; empty where the system does not say"
    width: int
    "pixels"
    height: int
    "pixels"
    fps: tuple[float, ...]
    "frames a second, quickest first; empty where the camera does not say"


@dataclass(frozen=True, kw_only=True)
class Camera:
    """One camera, as `narrowcast send` would name it."""

    source: str
    "what to send: an index or a device file"
    name: str
    "as the camera calls itself; empty where the system does not say"
    stable_source: str = ""
    "a device file that stays the same, if there is one"
    modes: tuple[CameraMode, ...] = ()
    problem: str = ""
    "why nothing more can be said of it"


def find_cameras() -> tuple[Camera, ...]:
    """Look for cameras; opens each for a moment."""
    if sys.platform == "linux":
        return v4l2_cameras()
    return tuple(camera for index in range(MAX_INDEX) if (camera := _opened_camera(index)) is not None)


def v4l2_cameras(folder: Path = Path("/dev"), by_id: Path = BY_ID) -> tuple[Camera, ...]:
    """Ask Linux's video devices that can capture, in the order of their numbers."""
    files = sorted(folder.glob("video[0-9]*"), key=lambda file: int(re.sub(r"\D", "", file.name)))
    stable = {link.resolve(): str(link) for link in sorted(by_id.glob("*"), reverse=True)}
    cameras = (_v4l2_camera(file, stable.get(file.resolve(), "")) for file in files)
    return tuple(camera for camera in cameras if camera is not None)


def _v4l2_camera(file: Path, stable_source: str) -> Camera | None:
    """Ask one device; None where it captures nothing (encoders and metadata have such files too)."""
    from linuxpy.video.device import Capability, Device  # Linux only

    try:
        with Device(str(file)) as device:
            if Capability.VIDEO_CAPTURE not in device.info.device_capabilities:
                return None
            modes = _modes(device.info.frame_types)
            return Camera(source=str(file), name=device.info.card, stable_source=stable_source, modes=modes)
    except PermissionError:
        problem = "this user may not open it: sudo usermod -aG video $USER, then log in again"
    except OSError as error:
        problem = f"it cannot be opened ({(error.strerror or str(error)).lower()})"
    return Camera(source=str(file), name="", stable_source=stable_source, problem=problem)


def _modes(frame_types: Iterable[Any]) -> tuple[CameraMode, ...]:
    """Gather the rates of each size and kind of pixels: largest first."""
    rates: dict[tuple[str, int, int], set[float]] = {}
    for each in frame_types:
        pixels = getattr(each.pixel_format, "name", str(each.pixel_format))
        found = rates.setdefault((pixels, each.width, each.height), set())
        found |= {round(float(fps), 2) for fps in (each.min_fps, each.max_fps) if fps}
    modes = [
        CameraMode(pixels=pixels, width=width, height=height, fps=tuple(sorted(fps, reverse=True)))
        for (pixels, width, height), fps in rates.items()
    ]
    return tuple(sorted(modes, key=lambda mode: (mode.pixels, -mode.width * mode.height)))


def _opened_camera(index: int) -> Camera | None:
    """Open a camera by its index, where only OpenCV can tell; None where there is none."""
    capture = open_capture(index, 640, 360)
    try:
        if not capture.isOpened():
            return None
        sides = cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT
        width, height = (round(capture.get(side)) for side in sides)
        fps = capture.get(cv2.CAP_PROP_FPS)
    finally:
        capture.release()
    mode = CameraMode(pixels="", width=width, height=height, fps=(fps,) if fps > 0 else ())
    return Camera(source=str(index), name="", modes=(mode,))
