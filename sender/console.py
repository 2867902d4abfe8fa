"""A sender's statistics for people."""

from __future__ import annotations

from rich.table import Table

from protocol import Percentiles, SenderSnapshot


def second_line(snapshot: SenderSnapshot) -> str:
    """One second on one line."""
    return (
        f"{snapshot.fps:5.1f} fps {snapshot.kbps:8.1f} kbps {_number(snapshot.bpp, 4)} bpp"
        f" | captured {snapshot.captured} coded {snapshot.coded} skipped {snapshot.skipped}"
        f" | encode {_number(snapshot.encode_ms.p50, 0)} network {_number(snapshot.network_ms.p50, 0)} "
        f"rtt {_number(snapshot.rtt_ms, 0)} ms"
        f" | receivers {snapshot.receivers} queue {snapshot.queue} quality {_number(snapshot.quality, 2)}"
    )


def summary_table(snapshot: SenderSnapshot) -> Table:
    """The whole run as a table."""
    table = Table(title=f"sent in {snapshot.seconds:.1f} s", title_justify="left", show_header=False)
    table.add_row(
        "frames", f"captured {snapshot.captured}, coded {snapshot.coded}, skipped {snapshot.skipped}"
    )
    table.add_row("frames a second", f"{snapshot.fps:.2f}")
    table.add_row("on the wire", f"{snapshot.kbps:.1f} kbps, {_number(snapshot.bpp, 4)} bits per pixel")
    table.add_row("encode", percentiles_text(snapshot.encode_ms))
    table.add_row("network", percentiles_text(snapshot.network_ms))
    return table


def percentiles_text(percentiles: Percentiles) -> str:
    """p50, p95 and p99 in milliseconds."""
    if not percentiles.count:
        return "-"
    return f"p50 {percentiles.p50:.1f} ms, p95 {percentiles.p95:.1f} ms, p99 {percentiles.p99:.1f} ms"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
