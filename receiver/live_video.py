"""Pictures made ready for a video encoder that may not delay them: even sides, YUV, times, keyframes."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.video.reformatter import Colorspace, VideoReformatter

from narrowcast.codec import Rgb

TICKS_PER_S = 90_000

TICK = Fraction(1, TICKS_PER_S)

X264_OPTIONS = {"preset": "veryfast", "tune": "zerolatency", "crf": "23"}


def even_size(rgb: Rgb) -> tuple[int, int]:
    """Width and height of the coded picture: odd sides lose a row or a column, for 4:2:0 has none."""
    height, width = rgb.shape[:2]
    return width - width % 2, height - height % 2


class LiveVideo:
    """Makes frames of pictures; the times of the frames rise whatever those of the pictures do."""

    def __init__(self, keyframe_us: int, colorspace: Colorspace) -> None:
        """Begin with a keyframe.

        Args:
            keyframe_us: after so long comes the next one.
            colorspace: that decoders take for granted.
        """
        self._keyframe_us = keyframe_us
        self._colorspace = colorspace
        self._scaler = VideoReformatter()
        self._pts = -1
        self.since_keyframe_us: int | None = None
        "from the last keyframe to the last picture; None before the first"
        self._last_keyframe_us: int | None = None

    def frame(self, rgb: Rgb, at_us: int, *, keyframe: bool = False) -> av.VideoFrame:
        """Make the next frame.

        Args:
            rgb: uint8 [H, W, 3].
            at_us: since the first picture.
            keyframe: code it by itself.
        """
        width, height = even_size(rgb)
        frame = self._scaler.reformat(
            av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb[:height, :width]), "rgb24"),
            format="yuv420p",
            dst_colorspace=self._colorspace,
            threads=1,
        )
        self._pts = max(self._pts + 1, round(at_us * TICKS_PER_S / 1e6))
        frame.pts, frame.time_base = self._pts, TICK
        last_us = self._last_keyframe_us
        if keyframe or last_us is None or at_us - last_us >= self._keyframe_us:
            self._last_keyframe_us = last_us = at_us
            frame.pict_type = av.video.frame.PictureType.I
        self.since_keyframe_us = at_us - last_us
        return frame
