"""The receiver's statistics as text, in the terminal and over the picture."""

from __future__ import annotations

from rich.console import Console

from narrowcast.protocol import ReceiverCounters, ReceiverGauges, ReceiverStatistics
from narrowcast.receiver.statistics import overlay_lines, second_line, summary_table


def second() -> ReceiverStatistics:
    """One second with one frame."""
    counters = ReceiverCounters(width=64, height=64, start_us=0)
    counters.received(payload_bytes=512, network_us=30_000, encode_us=8_000, keyframe=True)
    counters.decoded(decode_us=9_000)
    counters.shown(capture_to_display_us=212_000)
    gauges = ReceiverGauges(wire_bytes_in=125_000, wire_bytes_out=0, clock_error_us=9_000, rtt_us=40_000)
    return counters.take_interval(gauges, 1_000_000)


def test_a_second_is_one_line_with_the_latency_and_its_error() -> None:
    line = second_line(second())
    assert "\n" not in line
    assert "1000.0 kbps" in line
    assert "+- 9" in line
    assert "shown 1" in line


def test_the_overlay_is_short_enough_for_a_picture() -> None:
    lines = overlay_lines(second())
    assert 3 <= len(lines) <= 6
    assert all(len(line) < 70 for line in lines)


def test_the_summary_has_the_percentiles_and_the_clock_error() -> None:
    console = Console(width=120)
    with console.capture() as capture:
        console.print(summary_table(second()))
    assert "clocks known to +- 9.0 ms" in capture.get()
    assert "capture to display" in capture.get()
