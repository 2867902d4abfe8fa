"""A source whose pictures a program gives, instead of a camera."""

from __future__ import annotations

import numpy as np

from narrowcast.sender.config import SenderConfig
from narrowcast.sender.sources.fit import Picture
from narrowcast.sender.sources.source import Source
from narrowcast.sender.sources.source_clock import SourceClock

PUSHED_FPS = 15.0
"""What receivers are told of the pace, where the program does not say another."""


class PushedSource(Source):
    """Takes pictures by push(); close() is its end."""

    def __init__(self, config: SenderConfig) -> None:
        """Make pictures of the configured size."""
        super().__init__(width=config.width, height=config.height, fit=config.fit, clock=SourceClock())
        self._index = 0
        self._nominal_fps = config.fps or PUSHED_FPS

    def start(self) -> None:
        """Run no thread: the pictures come by push()."""
        self._started = True

    def push(self, rgb: Picture, capture_sender_us: int) -> None:
        """Make a picture the newest one; it is copied, for its owner may draw the next one over it."""
        self.deliver(np.array(_checked(rgb), order="C"), capture_sender_us, self._index)
        self._index += 1


def _checked(rgb: Picture) -> Picture:
    """The picture, if it is one."""
    if not isinstance(rgb, np.ndarray):
        raise TypeError(f"a picture is a numpy array, not {type(rgb).__name__}; use numpy.asarray(picture)")
    if rgb.dtype != np.uint8:
        raise TypeError(
            f"a picture is uint8 from 0 to 255, not {rgb.dtype}; convert it with .astype('uint8')"
        )
    if rgb.ndim != 3 or rgb.shape[2] != 3 or 0 in rgb.shape:
        raise ValueError(
            f"a picture is [height, width, 3], RGB, not {list(rgb.shape)}; "
            "from OpenCV: cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)"
        )
    return rgb
