"""Pictures made ready for live encoders."""

from __future__ import annotations

import numpy as np
from av.video.frame import PictureType
from av.video.reformatter import Colorspace

from narrowcast.receiver.live_video import TICK, LiveVideo, even_size

RGB = np.full((65, 97, 3), (200, 100, 50), np.uint8)


def test_odd_sides_lose_a_row_and_a_column() -> None:
    frame = LiveVideo(1_000_000, Colorspace.ITU601).frame(RGB, 0)
    assert even_size(RGB) == (96, 64) == (frame.width, frame.height)
    assert frame.format.name == "yuv420p" and frame.time_base == TICK
    assert np.abs(frame.to_ndarray(format="rgb24").astype(int) - RGB[:64, :96]).max() <= 3


def test_times_rise_and_keyframes_come_in_time_or_when_asked_for() -> None:
    video = LiveVideo(1_000_000, Colorspace.ITU601)
    assert video.since_keyframe_us is None
    asked = [(0, False), (0, False), (500_000, True), (1_400_000, False), (1_500_000, False)]
    frames = [video.frame(RGB, at_us, keyframe=keyframe) for at_us, keyframe in asked]
    assert [frame.pict_type == PictureType.I for frame in frames] == [True, False, True, False, True]
    assert [frame.pts for frame in frames] == [0, 1, 45_000, 126_000, 135_000]
    assert video.since_keyframe_us == 0
