"""OpenCV's VideoCapture, for cameras: what we use of it, opened quietly."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Protocol

import cv2
import numpy as np

from narrowcast.sender.sources.fit import Picture

DEFAULT_FPS = 30.0
"taken where a source names no pace, or one that cannot be true"
_MAX_TRUE_FPS = 250.0
"containers with a broken header claim thousands: the ticks of their clock"


class VideoCapture(Protocol):
    """The part of cv2.VideoCapture that the sources use."""

    def isOpened(self) -> bool:
        """Whether there is anything to read from."""
        ...

    def grab(self) -> bool:
        """Take the next frame off the device without decoding it."""
        ...

    def retrieve(self) -> tuple[bool, Picture | None]:
        """Decode the frame that was grabbed: BGR."""
        ...

    def get(self, propId: int) -> float:
        """Read a property; 0 where it is unknown."""
        ...

    def release(self) -> None:
        """Close."""
        ...


CaptureFactory = Callable[[int | str, int, int], VideoCapture]
"opens the camera of an index or a device file; the width and height are a wish that it may ignore"

_CAMERAS = cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY
"""Never OpenCV's FFmpeg: from 4.13 to 5.0 it claims to decode interlaced video and hands out old memory."""

_COMPRESSED_FROM_PIXELS = 640 * 480 + 1
"USB has no room for larger pictures at full rate, unless the camera compresses them."


def open_capture(camera: int | str, width: int, height: int) -> VideoCapture:
    """Open a camera with OpenCV; what comes back may not be open."""
    _silence_opencv()
    capture = cv2.VideoCapture(camera, _CAMERAS)
    if width * height >= _COMPRESSED_FROM_PIXELS:
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))  # one that cannot stays as it is
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # older frames in the driver's queue are only delay
    return capture  # type: ignore[return-value]


def is_true_fps(claimed_fps: float) -> bool:
    """Whether a claimed pace can be true."""
    return math.isfinite(claimed_fps) and 0 < claimed_fps <= _MAX_TRUE_FPS


def true_fps(claimed_fps: float) -> float:
    """Return the claimed pace, or DEFAULT_FPS where it cannot be true."""
    return claimed_fps if is_true_fps(claimed_fps) else DEFAULT_FPS


def rgb_of(bgr: Picture) -> Picture:
    """Turn OpenCV's channel order round."""
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def _silence_opencv() -> None:
    """SourceError and notices say what OpenCV and FFmpeg would print, once and in words."""
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
