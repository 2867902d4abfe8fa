"""Coding one picture as ordered: keyframes, quality and the cap on the bitrate."""

from __future__ import annotations

from dataclasses import replace

from sender.camera import CapturedFrame
from sender.coder import FrameCoder
from sender.network import EncodeOrder
from tests.codec.picture_samples import camera_like
from tests.pipelines import small_sender

PICTURE = CapturedFrame(rgb=camera_like(64, 64, seed=3), capture_us=123, index=0)
ORDER = EncodeOrder(keyframe=False, payload_bytes=None, frame_interval_us=66_667)


def test_a_picture_becomes_a_frame_with_its_times() -> None:
    coder = FrameCoder(small_sender())
    coder.warm_up()
    frame = coder.code(PICTURE, ORDER)
    assert frame.keyframe
    assert frame.capture_us == 123
    assert frame.encode_us >= 0
    assert frame.quality == 0.5
    assert frame.payload.startswith(b"\xff\xd8")


def test_quality_falls_until_frames_take_what_they_may() -> None:
    coder = FrameCoder(replace(small_sender(), quality=1.0))
    free = coder.code(PICTURE, ORDER)
    bounded = [coder.code(PICTURE, replace(ORDER, payload_bytes=1000.0)) for _ in range(20)]
    assert free.quality == 1.0 and len(free.payload) > 2000
    assert bounded[-1].quality < 1.0
    assert len(bounded[-1].payload) < 1.3 * 1000
