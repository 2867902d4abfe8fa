"""The sender's statistics as text."""

from __future__ import annotations

from rich.console import Console

from narrowcast.protocol import SenderCounters, SenderGauges
from narrowcast.sender.statistics import second_line, summary_table

GAUGES = SenderGauges(wire_bytes_in=0, wire_bytes_out=125_000, receivers=2, quality=0.5, rtt_us=31_000)


def test_a_second_is_one_line_with_its_numbers() -> None:
    counters = SenderCounters(width=64, height=64, start_us=0)
    counters.captured()
    counters.coded(payload_bytes=512, encode_us=8_000, keyframe=True)
    line = second_line(counters.take_interval(GAUGES, 1_000_000))
    assert "\n" not in line
    for part in ("1.0 fps", "1000.0 kbps", "1.0000 bpp", "captured 1 coded 1", "rtt 31 ms", "receivers 2"):
        assert part in line


def test_a_second_in_which_nothing_happened_has_dashes() -> None:
    counters = SenderCounters(width=64, height=64, start_us=0)
    line = second_line(counters.take_interval(SenderGauges(wire_bytes_in=0, wire_bytes_out=0), 1_000_000))
    assert "- bpp" in line
    assert "rtt - ms" in line


def test_the_summary_has_the_percentiles() -> None:
    counters = SenderCounters(width=64, height=64, start_us=0)
    for _ in range(10):
        counters.coded(payload_bytes=512, encode_us=8_000, keyframe=True)
    console = Console(width=100)
    with console.capture() as capture:
        console.print(summary_table(counters.since_start(GAUGES, 1_000_000)))
    assert "p50 8.0 ms" in capture.get()
    assert "coded 10" in capture.get()
