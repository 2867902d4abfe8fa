"""Between RGB pictures and the 4:2:0 frames of video codecs, by FFmpeg's scaler, which is set up once.

PyAV's `VideoFrame.reformat` sets the scaler up anew for each frame, with a thread for each processor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from narrowcast.codec.api import Rgb

if TYPE_CHECKING:
    import av


class YuvConversion:
    """Converts pictures of one size for an encoder."""

    def __init__(self) -> None:
        from av.video.reformatter import VideoReformatter

        self._scaler = VideoReformatter()

    def __call__(self, rgb: Rgb) -> av.VideoFrame:
        """Convert uint8 RGB [H, W, 3] to yuv420p, each colour sample the mean of its pixels."""
        import av

        frame = av.VideoFrame.from_ndarray(rgb, "rgb24")
        return self._scaler.reformat(frame, format="yuv420p", interpolation="AREA", threads=1)


class RgbConversion:
    """Converts a decoder's frames of one size."""

    def __init__(self) -> None:
        from av.video.reformatter import VideoReformatter

        self._to_444, self._to_rgb = VideoReformatter(), VideoReformatter()

    def __call__(self, frame: av.VideoFrame) -> Rgb:
        """Convert by way of 4:4:4: FFmpeg's direct path repeats colour samples, players interpolate them.

        Returns uint8 RGB [H, W, 3], a view of FFmpeg's memory, whose rows are longer.
        """
        full = self._to_444.reformat(frame, format="yuv444p", interpolation="BICUBIC", threads=1)
        plane = self._to_rgb.reformat(full, format="rgb24", threads=1).planes[0]
        rows: Rgb = np.frombuffer(memoryview(plane), np.uint8).reshape(frame.height, plane.line_size)
        return rows[:, : 3 * frame.width].reshape(frame.height, frame.width, 3)
