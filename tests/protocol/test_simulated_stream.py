"""The real encoder on a simulated thin link: the link carries what it can, and two frames share a message."""

from __future__ import annotations

from tests.protocol.simulated_stream import FPS, clip_pictures, simulate_stream


def test_a_stream_at_32_kbps_in_virtual_time() -> None:
    figures = simulate_stream(clip_pictures(150), kbps=32, seconds=5)
    assert 11 <= figures.fps <= FPS
    assert figures.age_p95_ms < 700
    assert 20 < figures.wire_kbps < 33.5
