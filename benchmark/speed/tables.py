"""The tables of a speed run on the screen."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table

from benchmark.speed.results import SpeedResults, SpeedRow

ENCODE_STAGES = ("colour", "analysis", "scene", "exact", "entropy", "base")
DECODE_STAGES = ("base", "entropy", "exact", "synthesis", "colour")
NOTHING = "-"


def size_table(results: SpeedResults, size: tuple[int, int]) -> Table:
    """Show every codec at one size."""
    table = Table(title=f"{size[0]}x{size[1]}: one frame, medians", title_justify="left")
    table.add_column("codec")
    table.add_column("backend")
    table.add_column("threads", justify="right")
    table.add_column("setting")
    headings = ("encode ms", "fps", "times gan", "decode ms", "fps", "times gan", "bytes", "MB", "growth MB")
    for heading in headings:
        table.add_column(heading, justify="right")
    for row in results.rows:
        if row.size == size:
            table.add_row(*_cells(results, row))
    for gap in results.gaps:
        if (gap.case.width, gap.case.height) == size:
            table.add_row(gap.case.codec, gap.case.backend, str(gap.case.threads), gap.reason)
    return table


def _cells(results: SpeedResults, row: SpeedRow) -> list[str]:
    ratio, found = results.ratio(row), row.found
    return [
        row.case.codec,
        row.case.backend or NOTHING,
        str(row.case.threads),
        found.setting,
        f"{found.encode_ms:.1f}",
        f"{row.encode_fps:.0f}",
        NOTHING if ratio is None else _times(ratio.encode),
        f"{found.decode_ms:.1f}",
        f"{row.decode_fps:.0f}",
        NOTHING if ratio is None else _times(ratio.decode),
        f"{found.frame_bytes:.0f}",
        f"{found.resident_mb:.0f}",
        NOTHING if found.growth_mb is None else f"{found.growth_mb:+.1f}",
    ]


def _times(ratio: float) -> str:
    """Write two digits: "0.12", "1.2", "12"."""
    return f"{ratio:.2f}" if ratio < 1 else f"{ratio:.1f}" if ratio < 10 else f"{ratio:.0f}"


def stages_table(results: SpeedResults) -> Table:
    """Show where the time of the learned codecs goes."""
    table = Table(title="where a frame's time goes, medians in ms", title_justify="left")
    table.add_column("codec")
    table.add_column("size")
    table.add_column("backend")
    for heading in ("threads", *ENCODE_STAGES, "encode"):
        table.add_column(heading, justify="right")
    for heading in (*DECODE_STAGES, "decode"):
        table.add_column(heading, justify="right")
    for row in results.rows:
        if row.found.encode_stages_ms:
            table.add_row(
                row.case.codec,
                f"{row.case.width}x{row.case.height}",
                row.case.backend,
                str(row.case.threads),
                *_stage_cells(row.found.encode_stages_ms, ENCODE_STAGES),
                f"{row.found.encode_ms:.1f}",
                *_stage_cells(row.found.decode_stages_ms, DECODE_STAGES),
                f"{row.found.decode_ms:.1f}",
            )
    return table


def _stage_cells(stages_ms: Mapping[str, float], names: tuple[str, ...]) -> list[str]:
    return [f"{stages_ms[name]:.1f}" if name in stages_ms else NOTHING for name in names]


def start_table(results: SpeedResults) -> Table:
    """Show how long the learned codecs take to start."""
    table = Table(title="start of encoder and decoder in one process, seconds", title_justify="left")
    table.add_column("codec")
    table.add_column("size")
    table.add_column("backend")
    headings = ("threads", "Python and imports", "load, cold", "load, warm", "first frame")
    for heading in headings:
        table.add_column(heading, justify="right")
    for row in results.rows:
        if row.case.backend:
            table.add_row(
                row.case.codec,
                f"{row.case.width}x{row.case.height}",
                row.case.backend,
                str(row.case.threads),
                f"{row.found.import_s:.2f}",
                NOTHING if row.cold_load_s is None else f"{row.cold_load_s:.2f}",
                f"{row.found.load_s:.2f}",
                f"{row.found.first_frame_ms / 1000:.2f}",
            )
    return table
