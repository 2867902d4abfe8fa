"""A camera that can be unplugged: cv2.VideoCapture's behaviour on a fake clock."""

from __future__ import annotations

import cv2
import numpy as np

from narrowcast.sender.sources.fit import Picture
from tests.sender.fake_time import FakeClock


class UnpluggableCamera:
    """One device: present outside the given intervals of seconds, a frame each `period_us` while present."""

    def __init__(self, clock: FakeClock, unplugged: list[tuple[float, float]], fps: float = 30.0) -> None:
        self.clock = clock
        self.fps = fps
        self.opened_at_s: list[float] = []
        self.released = 0
        self._unplugged = unplugged

    @property
    def present(self) -> bool:
        """Whether the plug is in."""
        return not any(start <= self.clock.elapsed_s < end for start, end in self._unplugged)

    def open(self) -> FakeCapture:
        """What cv2.VideoCapture(index) does."""
        self.opened_at_s.append(round(self.clock.elapsed_s, 2))
        return FakeCapture(self)


class FakeCapture:
    """One opening of the device; dead for good once the device has gone, as a real handle is."""

    def __init__(self, camera: UnpluggableCamera) -> None:
        self._camera = camera
        self._opened = self._alive = camera.present

    def isOpened(self) -> bool:
        """Whether the device was there at opening: drivers do not say when it goes."""
        return self._opened

    def grab(self) -> bool:
        """Block for a period, then a frame; fail at once without a device."""
        self._alive = self._alive and self._camera.present
        if self._alive:
            self._camera.clock.advance(round(1e6 / self._camera.fps))
        return self._alive

    def retrieve(self) -> tuple[bool, Picture | None]:
        """A picture that is blue in OpenCV's order."""
        bgr = np.zeros((48, 64, 3), np.uint8)
        bgr[..., 0] = 255
        return True, bgr

    def get(self, propId: int) -> float:
        """The pace only."""
        return self._camera.fps if propId == cv2.CAP_PROP_FPS else 0.0

    def release(self) -> None:
        """Count."""
        self._camera.released += 1
