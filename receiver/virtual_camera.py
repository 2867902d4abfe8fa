"""The stream as a camera of this machine, for meeting software and the like (pyvirtualcam)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Protocol

import numpy as np

from narrowcast.errors import OutputError
from narrowcast.receiver.window.overlay import Picture
from narrowcast.runtime.reporting import Notice, failure

_FPS = 30.0
"What the device is said to give; each picture is shown when it comes."
_PROBE = 640, 360
"Size for the trial at the start, before the stream's own is known."
_WAY_OUT = {
    "linux": "sudo apt install v4l2loopback-dkms && sudo modprobe v4l2loopback exclusive_caps=1",
    "darwin": "install OBS Studio, and start its virtual camera once",
    "win32": "install OBS Studio, which brings one",
}


class VirtualCameraError(OutputError):
    """There is no virtual camera; the text says how to get one."""


class Device(Protocol):
    """The part of pyvirtualcam.Camera that is used."""

    device: str

    def send(self, frame: Picture) -> None:
        """Show uint8 RGB [H, W, 3]."""
        ...

    def close(self) -> None:
        """Give the device back."""
        ...


class VirtualCamera:
    """Shows pictures on the device; trouble with it is told, and the stream goes on."""

    def __init__(
        self, tell: Callable[[Notice], None], open_device: Callable[[int, int], Device] | None = None
    ) -> None:
        """See that there is one; VirtualCameraError where there is not."""
        self._tell = tell
        self._open = open_device or open_pyvirtualcam
        self._open(*_PROBE).close()
        self._device: Device | None = None
        self._size: tuple[int, int] | None = None
        self._failed = False

    def show(self, rgb: Picture) -> None:
        """Show uint8 RGB [H, W, 3]; another size than before opens the device anew."""
        if self._failed:
            return
        height, width = rgb.shape[:2]
        try:
            if self._device is None or self._size != (width, height):
                self.close()
                self._device, self._size = self._open(width, height), (width, height)
                self._tell(Notice(f"the stream is at the virtual camera {self._device.device}"))
            self._device.send(np.ascontiguousarray(rgb))
        except (VirtualCameraError, RuntimeError, OSError, ValueError) as error:
            self._failed = True
            self.close()
            self._tell(failure("the virtual camera has stopped", error, "the stream goes on"))

    def close(self) -> None:
        """Give the device back; harmless a second time."""
        device, self._device = self._device, None
        if device is not None:
            device.close()


def open_pyvirtualcam(width: int, height: int) -> Device:
    """Open the system's virtual camera; VirtualCameraError with the way to get one."""
    try:
        import pyvirtualcam
    except ImportError as error:
        raise VirtualCameraError(
            "virtual-camera needs pyvirtualcam: pip install 'narrowcast[camera]'"
        ) from error
    try:
        device: Device = pyvirtualcam.Camera(width=width, height=height, fps=_FPS)
    except (RuntimeError, OSError) as error:
        raise VirtualCameraError(
            f"there is no virtual camera here: {_WAY_OUT.get(sys.platform, error)}"
        ) from error
    return device
