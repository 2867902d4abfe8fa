"""What the receiver counts."""

from __future__ import annotations

from narrowcast.protocol import StreamParameters
from narrowcast.receiver.meter import ReceiverMeter
from narrowcast.receiver.network import ReceiverNetworkGauges
from narrowcast.runtime.clock import now_us
from tests.receiver.frame_samples import decoded_frame
from tests.reporters import RememberingReporter

STREAM = StreamParameters(width=64, height=64, fps=15.0, codec="jpeg")


def test_frames_are_counted_from_arrival_to_display() -> None:
    reporter = RememberingReporter()
    meter = ReceiverMeter(STREAM, reporter)
    for number in range(3):
        decoded = decoded_frame(capture_sender_us=100 + number, capture_local_us=now_us() - 5000)
        meter.decoded(decoded)
        meter.shown(decoded)
    meter.failed()
    meter.missed(2)
    meter.finish(ReceiverNetworkGauges(wire_bytes_in=99))
    (summary,) = reporter.summaries
    assert (summary["received"], summary["decoded"], summary["shown"]) == (3, 3, 3)
    assert (summary["failed"], summary["missed"]) == (1, 2)
    assert summary["bpp"] == 1.0
    assert summary["capture_to_display_ms"]["count"] == 3
    assert summary["first_shown_capture_us"] == 100
    assert summary["wire_bytes_in"] == 99


def test_an_unknown_clock_leaves_the_latency_out() -> None:
    reporter = RememberingReporter()
    meter = ReceiverMeter(STREAM, reporter)
    meter.shown(decoded_frame())
    meter.finish(ReceiverNetworkGauges())
    assert reporter.summaries[0]["shown"] == 1
    assert reporter.summaries[0]["capture_to_display_ms"]["count"] == 0
