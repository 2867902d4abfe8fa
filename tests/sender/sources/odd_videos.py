"""Small videos of the kinds that go wrong: interlaced, anamorphic, rotated, damaged, HDR and more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from narrowcast.codec.hybrid.thread_priority import ordinary_priority

WIDTH, HEIGHT = 320, 180
FPS = 15


def disc(index: int = 0, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """An orange disc on blue, its upper left part dark so that its orientation shows; uint8 RGB."""
    picture = np.full((height, width, 3), (30, 60, 160), np.uint8)
    centre = width // 2 + index % 8, height // 2
    cv2.circle(picture, centre, min(width, height) // 3, (240, 150, 30), -1)
    cv2.rectangle(picture, (8, 8), (width // 6, height // 6), (10, 10, 10), -1)
    return picture


def write(
    path: Path,
    pictures: Iterable[NDArray[np.uint8]],
    *,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    times: Sequence[float] | None = None,
    aspect: Fraction | None = None,
    rotation: int = 0,
    options: dict[str, str] | None = None,
    transfer: int | None = None,
    fps: int = FPS,
    ticks: int = 1000,
) -> Path:
    """Write pictures as a video; `times` in seconds, at `fps` where there are none; times in 1/ticks s."""
    with av.open(str(path), "w") as container, ordinary_priority():
        stream = cast(VideoStream, container.add_stream(codec, rate=fps))
        context = stream.codec_context
        context.time_base = Fraction(1, ticks)
        context.options = {"preset": "ultrafast"} if options is None else options
        if aspect is not None:
            context.sample_aspect_ratio = aspect
        if transfer is not None:
            context.color_trc, context.color_primaries, context.colorspace = transfer, 9, 9
        for index, picture in enumerate(pictures):
            if index == 0:
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = pixel_format
                if rotation:
                    stream.set_display_rotation(rotation)
            frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format=pixel_format)
            if transfer is not None:
                frame.color_trc = transfer
            frame.pts = round(ticks * (times[index] if times is not None else index / fps))
            frame.time_base = Fraction(1, ticks)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def interlaced(path: Path, count: int = 12) -> Path:
    """A disc that moves fast, its odd lines half a frame later than its even ones."""
    woven = []
    for index in range(count):
        top, bottom = (disc_at(40 + 16 * index + 8 * field) for field in (0, 1))
        top[1::2] = bottom[1::2]
        woven.append(top)
    return write(path, woven, options={"preset": "ultrafast", "crf": "12", "x264-params": "tff=1:bframes=0"})


def disc_at(x: int) -> NDArray[np.uint8]:
    """A bright disc at column x."""
    picture = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    cv2.circle(picture, (x, HEIGHT // 2), 40, (220, 220, 220), -1)
    return picture


def combing(rgb: NDArray[np.uint8]) -> float:
    """How much lines differ from those two lines away less than from their neighbours; 0 without combs."""
    lines = rgb.astype(np.float32).mean(axis=2)
    near = np.abs(lines[1:-1] - (lines[:-2] + lines[2:]) / 2)
    return float((near > 40).mean())


def with_one_damaged_picture(path: Path, count: int = 30, damaged: int = 10) -> Path:
    """An AVI of JPEG pictures, one of them nothing but zeros."""
    pictures = (disc(index) for index in range(count))
    write(path, pictures, codec="mjpeg", pixel_format="yuvj420p", options={}, ticks=FPS)
    data = bytearray(path.read_bytes())
    starts = [at for at in range(len(data)) if data[at : at + 3] == b"\xff\xd8\xff"]
    end = starts[damaged + 1] - 16  # before the header of the next one
    data[starts[damaged] : end] = bytes(end - starts[damaged])
    path.write_bytes(data)
    return path
