"""The tables of a latency run on the screen."""

from __future__ import annotations

from rich.table import Table

from benchmark.latency.results import STAGES, LatencyRow
from protocol import Percentiles

HISTOGRAM_BINS = 10
BAR_WIDTH = 40
STAGE_TEXTS = {
    "wait": "capture wait",
    "encode": "encode",
    "network": "network",
    "decode": "decode",
    "display": "display (and waiting for the decoder)",
}


def latency_table(row: LatencyRow) -> Table:
    """Show one codec: stage by stage, and the whole by both methods."""
    title = (
        f"{row.codec}, {row.width}x{row.height} at {row.fps:g} fps: {len(row.frames)} frames, "
        f"{row.shown_fps:.1f} fps shown, {row.kbps:.0f} kbit/s"
    )
    table = Table(title=title, title_justify="left")
    table.add_column("milliseconds")
    for heading in ("p50", "p95", "p99"):
        table.add_column(heading, justify="right")
    for stage in STAGES:
        table.add_row(STAGE_TEXTS[stage], *_cells(row.stage_ms(stage)))
    table.add_section()
    error = "unknown" if row.clock_error_ms is None else f"+- {row.clock_error_ms:.1f} ms"
    table.add_row(f"capture to display, by time stamps (clocks {error})", *_cells(row.by_stamps_ms))
    table.add_row("capture to display, by the number in the picture", *_cells(row.by_number_ms))
    return table


def agreement_text(row: LatencyRow) -> str:
    """Say whether the two methods agree."""
    found, interval_ms = row.agreement, 1000 / row.fps
    if found.largest_ms is None:
        return f"{row.codec}: no number could be read back, so the time stamps stand unproven"
    unread = len(row.frames) - found.compared
    beside = f"; {unread} more could not be read" if unread else ""
    if found.holds:
        return (
            f"{row.codec}: the two methods agree on all {found.compared} frames: at most "
            f"{found.largest_ms:.1f} ms apart, a frame interval is {interval_ms:.1f} ms{beside}"
        )
    return (
        f"{row.codec}: the two methods DISAGREE on {found.compared - found.agreeing} of {found.compared} "
        f"frames: up to {found.largest_ms:.1f} ms apart, a frame interval is {interval_ms:.1f} ms{beside}"
    )


def histogram_table(row: LatencyRow) -> Table:
    """Draw how capture to display is distributed, by time stamps."""
    values = [frame.by_stamps_ms for frame in row.frames]
    low, high = min(values), max(values)
    width_ms = max(1e-3, (high - low) / HISTOGRAM_BINS)
    counts = [0] * HISTOGRAM_BINS
    for value in values:
        counts[min(HISTOGRAM_BINS - 1, int((value - low) / width_ms))] += 1
    table = Table(title=f"{row.codec}: capture to display", title_justify="left", box=None, show_header=False)
    for index, count in enumerate(counts):
        start = low + index * width_ms
        bar = "█" * round(BAR_WIDTH * count / max(counts))
        table.add_row(f"{start:.1f} to {start + width_ms:.1f} ms", str(count), bar)
    return table


def _cells(percentiles: Percentiles) -> list[str]:
    values = (percentiles.p50, percentiles.p95, percentiles.p99)
    return ["-" if value is None else f"{value:.1f}" for value in values]
