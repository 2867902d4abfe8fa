"""One number of receivers: what ends it early."""

from __future__ import annotations

import pytest

from narrowcast.benchmark.errors import ProgramError
from narrowcast.benchmark.fanout.stream import FanoutSettings, FanoutStream
from narrowcast.runtime.signals import StopSignal

pytest.importorskip("psutil", reason="psutil comes with the bench extra")

SETTINGS = FanoutSettings(source="test:", codec="jpeg", size=(128, 72), threads=1, seconds=60.0)


def test_a_stop_ends_it_without_a_row() -> None:
    stop = StopSignal()
    stop.request()
    assert FanoutStream(SETTINGS, 1, "").run(stop) is None


def test_a_sender_that_does_not_start_is_told() -> None:
    gone = FanoutSettings(source="gone.mp4", codec="jpeg", size=(128, 72))
    with pytest.raises(ProgramError, match="the sender did not start"):
        FanoutStream(gone, 1, "").run(StopSignal())
