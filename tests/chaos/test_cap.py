"""The peak of what was sent."""

from __future__ import annotations

import pytest

from narrowcast.benchmark.network.wire_counter import WireTrace
from tests.benchmark.network.test_wire_counter import trace_of
from tests.chaos.cap import peak_sent_kbps


def test_the_peak_over_any_window() -> None:
    trace = trace_of([0, 0, 1000, 5000, 5000, 6000])
    assert peak_sent_kbps(trace, 1.0) == pytest.approx(40.0)
    assert peak_sent_kbps(trace, 2.0) == pytest.approx(24.0)
    assert peak_sent_kbps(trace, 3.0) is None
    assert peak_sent_kbps(WireTrace([]), 1.0) is None
