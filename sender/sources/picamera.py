"""Cameras of a Raspberry Pi, through Picamera2, which the system's own packages bring."""

from __future__ import annotations

from typing import Any

import numpy as np

from narrowcast.errors import SourceError
from narrowcast.sender.sources.fit import Picture

PICAMERA_FPS = 30.0
"Where no pace is asked for."

_NEEDED = "it needs the package picamera2: sudo apt install python3-picamera2, in a venv that sees it"


class PicameraInput:
    """A camera that Picamera2 has opened."""

    def __init__(self, number: int, width: int, height: int, fps: float) -> None:
        """Open it and start it; SourceError where there is none, or no Picamera2."""
        try:
            from picamera2 import Picamera2  # an extra, for one kind of machine
        except ImportError as error:
            raise SourceError(_NEEDED) from error
        found = Picamera2.global_camera_info()
        if number >= len(found):
            raise SourceError(
                f"there is no camera {number}; this machine has {len(found)} (rpicam-hello --list)"
            )
        try:
            self._camera: Any = Picamera2(number)
            # Picamera2's RGB888 lies in memory as blue, green, red.
            self._camera.configure(
                self._camera.create_video_configuration(
                    main={"size": (width, height), "format": "RGB888"}, controls={"FrameRate": fps}
                )
            )
            self._camera.start()
        except (RuntimeError, OSError) as error:
            raise SourceError(f"it cannot be opened ({error}); is another program using it?") from error
        self._bgr: Any = None

    def advance(self) -> bool:
        """Wait for the next picture; False where the camera fails."""
        try:
            self._bgr = self._camera.capture_array("main")
        except (RuntimeError, OSError):
            return False
        return True

    def picture(self) -> Picture:
        """Return it as uint8 RGB [H, W, 3]."""
        return np.ascontiguousarray(np.asarray(self._bgr, np.uint8)[..., 2::-1])

    def close(self) -> None:
        """Let go of the camera."""
        self._camera.stop()
        self._camera.close()
