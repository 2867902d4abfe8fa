"""Tests of frame_picture.py: turned and mirrored videos, every kind of pixel, transparency, odd sizes."""

from __future__ import annotations

import gc
import struct
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from narrowcast.sender.sources.fit import Picture
from narrowcast.sender.sources.frame_picture import FrameConverter, flattened
from narrowcast.sender.sources.video_reader import Viewing, open_video
from tests.sender.sources.odd_videos import HEIGHT, WIDTH, disc, write

ONE = 1 << 16
Turn = Callable[[Picture], Picture]
TURNS: dict[str, tuple[tuple[int, int, int, int], Turn]] = {
    "upright": ((ONE, 0, 0, ONE), lambda p: p),
    "mirrored": ((-ONE, 0, 0, ONE), lambda p: p[:, ::-1]),
    "upside down": ((-ONE, 0, 0, -ONE), lambda p: p[::-1, ::-1]),
    "flipped": ((ONE, 0, 0, -ONE), lambda p: p[::-1]),
    "left": ((0, -ONE, ONE, 0), lambda p: np.rot90(p)),
    "right": ((0, ONE, -ONE, 0), lambda p: np.rot90(p, -1)),
    "transposed": ((0, ONE, ONE, 0), lambda p: p.transpose(1, 0, 2)),
    "transposed the other way": ((0, -ONE, -ONE, 0), lambda p: np.rot90(p, 2).transpose(1, 0, 2)),
}


def with_matrix(path: Path, numbers: tuple[int, int, int, int]) -> Path:
    """Write the four numbers that turn into the track header of an mp4 with an upright picture."""
    data = bytearray(path.read_bytes())
    upright = struct.pack(">9i", ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30)
    at = data.rindex(upright)  # the movie's own matrix comes first
    a, b, c, d = numbers
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


def first_picture(path: Path, viewing: Viewing | None = None) -> Picture:
    reader = open_video(str(path), str(path), viewing or Viewing())
    try:
        assert reader.advance()
        return reader.picture()
    finally:
        reader.close()


@pytest.mark.parametrize("name", TURNS)
def test_every_display_matrix_is_carried_out(tmp_path: Path, name: str) -> None:
    numbers, turn = TURNS[name]
    path = write(tmp_path / "v.mp4", [disc()] * 3)
    plain = first_picture(path)
    turned = first_picture(with_matrix(path, numbers))
    assert np.array_equal(turned, turn(plain))


@pytest.mark.parametrize(
    "pixel_format",
    ["yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p12le", "gray", "gray16le", "gbrp16le",
     "gbrp10le", "rgb24", "bgr0", "yuv411p", "yuv440p", "nv12"],
)  # fmt: skip
def test_pixels_of_every_kind_are_as_ffmpeg_converts_them(tmp_path: Path, pixel_format: str) -> None:
    codec = "rawvideo" if pixel_format in ("nv12", "rgb24", "yuv440p") else "ffv1"
    path = write(tmp_path / "v.nut", [disc()] * 2, codec=codec, pixel_format=pixel_format, options={})
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        assert frame.format.name == pixel_format
        want = frame.to_ndarray(format="rgb24")
    shown = first_picture(path)
    assert np.abs(shown.astype(int) - want).mean() < 2.5
    grey = pixel_format.startswith("gray")
    like = disc().mean(axis=2, keepdims=True) if grey else disc().astype(float)
    assert np.abs(shown - like).mean() < (30 if grey else 8)


@pytest.mark.parametrize("pixel_format", ["rgba", "yuva420p", "ya8", "gbrap"])
def test_transparent_pixels_show_the_background(tmp_path: Path, pixel_format: str) -> None:
    frame = av.VideoFrame.from_ndarray(_half_transparent(), "rgba").reformat(format=pixel_format)
    for background in ((255, 255, 255), (0, 120, 0)):
        shown = FrameConverter(None, None, background).picture(frame, None)
        assert np.abs(shown[:, 40:].astype(int) - background).max() <= 3
        assert shown[:, :30].max() <= 3


def _half_transparent() -> NDArray[np.uint8]:
    """Black, its right half transparent."""
    rgba = np.zeros((32, 64, 4), np.uint8)
    rgba[:, :32, 3] = 255
    return rgba


def test_flattening_mixes_by_opacity() -> None:
    rgba = np.array([[[200, 100, 0, 255], [200, 100, 0, 0], [200, 100, 0, 51]]], np.uint8)
    assert flattened(rgba, (0, 0, 255)).tolist() == [[[200, 100, 0], [0, 0, 255], [40, 20, 204]]]


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 3), (641, 359), (16, 2000)])
def test_odd_sizes(tmp_path: Path, width: int, height: int) -> None:
    picture = disc(0, width, height) if width > 16 else np.full((height, width, 3), 90, np.uint8)
    path = write(tmp_path / "v.nut", [picture] * 2, codec="ffv1", pixel_format="yuv444p", options={})
    assert first_picture(path).shape == (height, width, 3)
    assert min(first_picture(path, Viewing(width=640, height=360)).shape) >= 1


@pytest.mark.parametrize("aspect", [Fraction(0), Fraction(1000), None])
def test_an_impossible_pixel_aspect_counts_as_square(aspect: Fraction | None) -> None:
    frame = av.VideoFrame.from_ndarray(disc(), "rgb24")
    assert FrameConverter(None, None).picture(frame, aspect).shape == (HEIGHT, WIDTH, 3)


def test_a_frame_is_freed_with_its_last_use_and_costs_no_thread() -> None:
    converter = FrameConverter(32, 24)
    frame = av.VideoFrame(64, 48, "yuv420p")
    tasks = Path("/proc/self/task")
    gc.collect()
    gc.disable()
    try:
        converter.picture(frame, None)
        threads = len(list(tasks.iterdir())) if sys.platform == "linux" else 0
        for _ in range(10):
            converter.picture(av.VideoFrame(64, 48, "yuv420p"), None)
        assert sys.platform != "linux" or len(list(tasks.iterdir())) <= threads
        # Other tests' frames may live on in threads that are ending; these have a size of their own.
        frames = [each for each in gc.get_objects() if type(each) is av.VideoFrame]
        assert [each for each in frames if (each.width, each.height) == (64, 48)] == [frame]
    finally:
        gc.enable()
