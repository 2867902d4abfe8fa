"""Tests of wishes.py, and of raw video that needs them: pipes and files that do not say what they are."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import av
import numpy as np
import pytest

from narrowcast.errors import SourceError
from narrowcast.sender.sources.container import RawVideo
from narrowcast.sender.sources.opening import open_source
from narrowcast.sender.sources.spec import parse_source
from narrowcast.sender.sources.wishes import SourceWishes
from tests.sender.sources.odd_videos import disc

WIDTH, HEIGHT = 64, 48
LONG_S = 30.0


def raw_bytes(pixel_format: str, count: int) -> bytes:
    """Pictures as FFmpeg's rawvideo writes them."""
    frames = (av.VideoFrame.from_ndarray(disc(index, WIDTH, HEIGHT), "rgb24") for index in range(count))
    return b"".join(frame.reformat(format=pixel_format).to_ndarray().tobytes() for frame in frames)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "rgb24", "nv12", "gray", "yuyv422"])
def test_raw_video_through_a_named_pipe(tmp_path: Path, pixel_format: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    wishes = SourceWishes(width=WIDTH, height=HEIGHT, fps=50, pixel_format=pixel_format)
    with open_source(parse_source(str(tmp_path / "pipe")), wishes) as source:
        data = raw_bytes(pixel_format, 5)
        writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(data))
        writer.start()
        frames = []
        while not source.ended:
            frame = source.read(LONG_S)
            frames += [frame] if frame is not None else []
        writer.join()
    assert frames[-1].index == 4 and source.fps > 0
    like = disc(4, WIDTH, HEIGHT).astype(float)
    if pixel_format == "gray":
        like = like.mean(axis=2, keepdims=True)
    assert np.abs(frames[-1].rgb - like).mean() < 32


def test_a_raw_file_of_another_size_than_the_stream(tmp_path: Path) -> None:
    (tmp_path / "v.yuv").write_bytes(raw_bytes("rgb24", 3))
    wishes = SourceWishes(width=32, height=24, fps=50, pixel_format="rgb24", raw_size=(WIDTH, HEIGHT))
    assert wishes.viewing.raw == RawVideo(pixel_format="rgb24", width=WIDTH, height=HEIGHT, fps=50)
    with open_source(parse_source(str(tmp_path / "v.yuv")), wishes) as source:
        frame = source.read(LONG_S)
    assert frame is not None and frame.rgb.shape == (24, 32, 3)


@pytest.mark.parametrize(
    ("source", "pixel_format", "words"),
    [
        ("-", "yuv421p", "there is no pixel format 'yuv421p'; usual ones are yuv420p"),
        ("test:", "yuv420p", "test pattern says itself what its pictures are"),
    ],
)
def test_a_pixel_format_that_cannot_be_is_told(source: str, pixel_format: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        open_source(parse_source(source), SourceWishes(width=64, height=48, pixel_format=pixel_format))
