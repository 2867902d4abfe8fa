"""Tests of benchmark/decoder_process.py."""

from __future__ import annotations

from narrowcast.benchmark.decoder_process import measure


def test_the_cost_is_measured_frame_by_frame() -> None:
    cost = measure("jpeg", 64, 64, frames=3)
    assert cost.inside_ms > 0 and cost.apart_ms > 0 and cost.start_ms > cost.apart_ms
