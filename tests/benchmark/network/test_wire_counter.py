"""Rates out of counters."""

from __future__ import annotations

import pytest

from benchmark.network.wire_counter import WireSample, WireTrace


def trace_of(sent_bytes: list[int], *, interval_us: int = 500_000) -> WireTrace:
    return WireTrace(
        [
            WireSample(at_us=index * interval_us, sent_bytes=sent, received_bytes=2 * sent)
            for index, sent in enumerate(sent_bytes)
        ]
    )


def test_the_mean_between_two_times() -> None:
    trace = trace_of([0, 1000, 2000, 3000, 9000])
    assert trace.sent_kbps(0, 1_600_000) == pytest.approx(16.0)
    assert trace.sent_kbps(100, 600_000) is None


def test_nothing_counted_gives_no_rate() -> None:
    assert WireTrace([]).sent_kbps(0, 10) is None
