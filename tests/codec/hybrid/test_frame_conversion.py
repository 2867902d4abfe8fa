"""Conversions give what PyAV's own give, without a thread or a scaler for each frame."""

from __future__ import annotations

import sys
from pathlib import Path

import av
import numpy as np
import pytest

from narrowcast.codec.hybrid.frame_conversion import RgbConversion, YuvConversion
from tests.codec.picture_samples import camera_like


def test_there_and_back_as_pyav_converts() -> None:
    to_yuv, to_rgb = YuvConversion(), RgbConversion()
    for seed in range(3):
        picture = camera_like(70, 50, seed=seed)
        frame = to_yuv(picture)
        own = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p", interpolation="AREA")
        assert np.array_equal(frame.to_ndarray(), own.to_ndarray())
        full = own.reformat(format="yuv444p", interpolation="BICUBIC")
        assert np.array_equal(to_rgb(frame), full.to_ndarray(format="rgb24"))


def test_a_new_size_is_taken_too() -> None:
    to_yuv, to_rgb = YuvConversion(), RgbConversion()
    for width, height in ((64, 48), (32, 96)):
        assert to_rgb(to_yuv(camera_like(width, height))).shape == (height, width, 3)


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_a_frame_costs_no_thread() -> None:
    to_yuv, to_rgb, tasks = YuvConversion(), RgbConversion(), Path("/proc/self/task")
    frames = [to_yuv(camera_like(64, 48))]
    before = len(list(tasks.iterdir()))
    pictures = []
    for seed in range(5):
        frames.append(to_yuv(camera_like(64, 48, seed=seed)))
        pictures.append(to_rgb(frames[-1]))
    assert len(list(tasks.iterdir())) <= before
