"""Small real video and picture files for the source tests."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2

from narrowcast.sender.sources.test_pattern import draw_test_pattern


def write_video(path: Path, *, frames: int, fps: int, width: int = 160, height: int = 96) -> Path:
    """Write `frames` numbered test pictures as H.264."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": "20"}
        for index in range(frames):
            picture = draw_test_pattern(index, width=width, height=height, fps=fps)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_image(path: Path, number: int, width: int = 160, height: int = 96) -> Path:
    """Write numbered test picture `number` as a file of the kind its name says."""
    picture = draw_test_pattern(number, width=width, height=height, fps=15)
    assert cv2.imwrite(str(path), picture[..., ::-1])
    return path
