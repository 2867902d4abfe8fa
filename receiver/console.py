"""A receiver's statistics for people, in the terminal and over the picture."""

from __future__ import annotations

from rich.table import Table

from protocol import Percentiles, ReceiverStatistics


def second_line(statistics: ReceiverStatistics) -> str:
    """The statistics of one second on one line."""
    return (
        f"{statistics.fps:5.1f} fps {statistics.kbps:8.1f} kbps {_number(statistics.bpp, 4)} bpp"
        f" | received {statistics.received} decoded {statistics.decoded}"
        f" shown {statistics.shown} missed {statistics.missed}"
        f" | encode {_number(statistics.encode_ms.p50, 0)} network {_number(statistics.network_ms.p50, 0)}"
        f" decode {_number(statistics.decode_ms.p50, 0)} capture to display {_latency(statistics)}"
        f" | rtt {_number(statistics.rtt_ms, 0)} ms queue {statistics.queue}"
    )


def overlay_lines(statistics: ReceiverStatistics) -> list[str]:
    """The statistics of one second as short lines over the picture."""
    return [
        f"{statistics.fps:.1f} fps, {statistics.kbps:.0f} kbps, {_number(statistics.bpp, 4)} bpp",
        f"capture to display {_latency(statistics)}",
        f"encode {_number(statistics.encode_ms.p50, 0)}, network {_number(statistics.network_ms.p50, 0)}, "
        f"decode {_number(statistics.decode_ms.p50, 0)} ms, rtt {_number(statistics.rtt_ms, 0)} ms",
        f"missed {statistics.missed}, queue {statistics.queue}",
    ]


def summary_table(statistics: ReceiverStatistics) -> Table:
    """The statistics of the whole run as a table."""
    table = Table(title=f"received in {statistics.seconds:.1f} s", title_justify="left", show_header=False)
    table.add_row(
        "frames",
        f"received {statistics.received}, decoded {statistics.decoded}, shown {statistics.shown}, "
        f"missed {statistics.missed}, failed {statistics.failed}",
    )
    table.add_row("frames a second", f"{statistics.fps:.2f}")
    table.add_row("on the wire", f"{statistics.kbps:.1f} kbps, {_number(statistics.bpp, 4)} bits per pixel")
    table.add_row("encode (at the sender)", _percentiles(statistics.encode_ms))
    table.add_row("network", _percentiles(statistics.network_ms))
    table.add_row("decode", _percentiles(statistics.decode_ms))
    error = f" (clocks known to +- {_number(statistics.clock_error_ms, 1)} ms)"
    table.add_row("capture to display", _percentiles(statistics.capture_to_display_ms) + error)
    return table


def _latency(statistics: ReceiverStatistics) -> str:
    return f"{_number(statistics.capture_to_display_ms.p50, 0)} ms +- {_number(statistics.clock_error_ms, 0)}"


def _percentiles(percentiles: Percentiles) -> str:
    if not percentiles.count:
        return "-"
    return f"p50 {percentiles.p50:.1f} ms, p95 {percentiles.p95:.1f} ms, p99 {percentiles.p99:.1f} ms"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
