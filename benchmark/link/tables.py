"""The table of a link measurement on the screen."""

from __future__ import annotations

from rich.table import Table

from benchmark.link.results import LinkResults, LinkRow
from benchmark.metrics.catalogue import METRICS

NOTHING = "-"


def link_table(results: LinkResults) -> Table:
    """Show every system on every link."""
    config = results.config
    clip = "the bundled clip" if config.clip is None else config.clip.stem
    title = f"{clip}, {config.width}x{config.height} at {results.fps:g} fps, {config.seconds:g} s a row"
    table = Table(title=title, title_justify="left")
    table.add_column("link kbit/s", justify="right")
    table.add_column("system")
    labels = [METRICS[name].label for name in results.metrics]
    wire = "kbit/s without headers" if config.link == "proxy" else "wire kbit/s"
    headings = ("fps", "age p50 ms", "age p95 ms", "oldest ms", "first picture ms", wire, *labels)
    for heading in headings:
        table.add_column(heading, justify="right")
    last_kbps = None
    for row in results.rows:
        if last_kbps not in (None, row.link_kbps):
            table.add_section()
        last_kbps = row.link_kbps
        table.add_row(*_cells(row, results))
    return table


def _cells(row: LinkRow, results: LinkResults) -> list[str]:
    name = [f"{row.link_kbps:g}", row.system]
    if row.reason:
        return [*name, row.reason]
    times = (row.age_p50_ms, row.age_p95_ms, row.longest_ms, row.first_picture_ms)
    return [
        *name,
        _number(row.fps, 1),
        *(_number(value, 0) for value in times),
        _number(row.wire_kbps, 1),
        *(_number(row.scores.get(metric), METRICS[metric].decimals) for metric in results.metrics),
    ]


def _number(value: float | None, decimals: int) -> str:
    return NOTHING if value is None else f"{value:.{decimals}f}"
