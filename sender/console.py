"""A sender's statistics for people."""

from __future__ import annotations

from rich.table import Table

from protocol import Percentiles, SenderStatistics


def second_line(statistics: SenderStatistics) -> str:
    """One second on one line."""
    return (
        f"{statistics.fps:5.1f} fps {statistics.kbps:8.1f} kbps {_number(statistics.bpp, 4)} bpp"
        f" | captured {statistics.captured} coded {statistics.coded} skipped {statistics.skipped}"
        f" | encode {_number(statistics.encode_ms.p50, 0)} network {_number(statistics.network_ms.p50, 0)} "
        f"rtt {_number(statistics.rtt_ms, 0)} ms"
        f" | receivers {statistics.receivers} queue {statistics.queue}"
        f" quality {_number(statistics.quality, 2)}"
    )


def summary_table(statistics: SenderStatistics) -> Table:
    """The whole run as a table."""
    table = Table(title=f"sent in {statistics.seconds:.1f} s", title_justify="left", show_header=False)
    table.add_row(
        "frames", f"captured {statistics.captured}, coded {statistics.coded}, skipped {statistics.skipped}"
    )
    table.add_row("frames a second", f"{statistics.fps:.2f}")
    table.add_row("on the wire", f"{statistics.kbps:.1f} kbps, {_number(statistics.bpp, 4)} bits per pixel")
    table.add_row("encode", percentiles_text(statistics.encode_ms))
    table.add_row("network", percentiles_text(statistics.network_ms))
    return table


def percentiles_text(percentiles: Percentiles) -> str:
    """p50, p95 and p99 in milliseconds."""
    if not percentiles.count:
        return "-"
    return f"p50 {percentiles.p50:.1f} ms, p95 {percentiles.p95:.1f} ms, p99 {percentiles.p99:.1f} ms"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
