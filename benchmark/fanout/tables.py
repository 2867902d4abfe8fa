"""The table of a fan-out run on the screen."""

from __future__ import annotations

from rich.table import Table

from benchmark.fanout.config import FanoutConfig
from benchmark.fanout.results import TARGET_RATIO, TARGET_RECEIVERS, FanoutResults


def fanout_table(config: FanoutConfig, results: FanoutResults) -> Table:
    """Show a row a number of receivers."""
    title = (
        f"{config.codec}, {config.stream.size} at {config.stream.fps:g} fps: one receiver decodes "
        "and displays, the others only take their frames"
    )
    table = Table(title=title, title_justify="left")
    for heading in (
        "receivers",
        "sender CPU %",
        "kB/s sent",
        "fps shown",
        "age shown p50 ms",
        "p95 ms",
        "p95 / with one",
        "fps taken by the others",
        "age there p95 ms",
    ):
        table.add_column(heading, justify="right")
    for row in results.rows:
        table.add_row(
            str(row.receivers),
            f"{row.sender_cpu_percent:.0f}",
            f"{row.sent_bytes_per_s / 1000:.1f}",
            f"{row.shown_fps:.1f}",
            _optional(row.shown_age_ms.p50, 1),
            _optional(row.shown_age_ms.p95, 1),
            _optional(results.age_ratio(row), 2),
            _optional(row.light_fps, 1),
            _optional(row.light_age_ms.p95, 1),
        )
    return table


def target_text(results: FanoutResults) -> str:
    """Say whether the target holds."""
    ratio = results.target_ratio()
    target = (
        f"age p95 with {TARGET_RECEIVERS} receivers is to be at most {TARGET_RATIO:g} times that with one"
    )
    if ratio is None:
        return f"target ({target}): not measured"
    return f"target ({target}): {ratio:.2f} times, {'holds' if ratio <= TARGET_RATIO else 'MISSED'}"


def _optional(value: float | None, decimals: int) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"
