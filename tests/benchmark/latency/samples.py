"""Frames, rows and results of a latency run, as the tests of several files need them."""

from __future__ import annotations

from narrowcast.benchmark.latency.benchmark import LatencyRow
from narrowcast.benchmark.latency.frames import FrameLatency


def frame_latency(by_stamps_ms: float = 50.0, by_number_ms: float | None = 49.0) -> FrameLatency:
    return FrameLatency(
        by_stamps_ms=by_stamps_ms,
        by_number_ms=by_number_ms,
        wait_ms=1.0,
        encode_ms=20.0,
        network_ms=0.5,
        decode_ms=28.0,
        display_ms=0.5,
    )


def latency_row(*frames: FrameLatency, codec: str = "gan") -> LatencyRow:
    return LatencyRow(
        codec=codec,
        width=640,
        height=360,
        fps=20.0,
        shown_fps=19.9,
        kbps=123.0,
        clock_error_ms=0.25,
        frames=frames,
    )
