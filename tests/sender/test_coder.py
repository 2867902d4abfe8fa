"""Coding one picture as ordered: keyframes, quality and the cap on the bitrate."""

from __future__ import annotations

from dataclasses import replace

from sender.camera import CapturedFrame
from sender.coder import FrameCoder
from sender.network import EncodeOrder
from tests.codec.picture_samples import camera_like
from tests.pipelines import small_sender

PICTURE = CapturedFrame(rgb=camera_like(64, 64, seed=3), capture_us=123, index=0)
ORDER = EncodeOrder(keyframe=False, budget_bps=None, frame_interval_us=66_667)


def test_a_picture_becomes_a_frame_with_its_times() -> None:
    coder = FrameCoder(small_sender(), fps=15.0)
    coder.warm_up()
    frame = coder.code(PICTURE, ORDER)
    assert frame is not None
    assert frame.keyframe
    assert frame.capture_us == 123
    assert frame.encode_us >= 0
    assert frame.quality == 0.5
    assert frame.payload.startswith(b"\xff\xd8")


def test_without_a_cap_a_slow_link_does_not_touch_the_quality() -> None:
    coder = FrameCoder(small_sender(), fps=15.0)
    frames = [coder.code(PICTURE, replace(ORDER, budget_bps=1000.0)) for _ in range(5)]
    assert all(frame is not None and frame.quality == 0.5 for frame in frames)


def test_under_a_cap_quality_falls_and_pictures_are_left_out() -> None:
    coder = FrameCoder(replace(small_sender(), quality=1.0, max_kbps=20.0), fps=15.0)
    frames = [coder.code(PICTURE, ORDER) for _ in range(30)]
    coded = [frame for frame in frames if frame is not None]
    assert len(coded) < 30
    assert coded[-1].quality < 1.0
