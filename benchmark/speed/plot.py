"""The plot of a speed run: milliseconds a frame, size by size, with the learned codecs' stages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmark.output_files import load_pyplot, save_figure
from benchmark.speed.results import SpeedResults, SpeedRow

PANEL_WIDTH_IN, BAR_HEIGHT_IN, EMPTY_HEIGHT_IN = 5.5, 0.22, 0.9
ROOM_FOR_TEXT = 1.15
UNSPLIT = "peers, not split"
COLOURS = {
    "colour": "C7",
    "analysis": "C0",
    "scene": "C5",
    "exact": "C1",
    "entropy": "C2",
    "base": "C4",
    "synthesis": "C3",
    UNSPLIT: "C9",
}


def plot_speed(results: SpeedResults, path: Path) -> None:
    """Draw a row of panels a size: encoding on the left, decoding on the right."""
    pyplot = load_pyplot()
    sizes = results.sizes()
    bars = [sum(row.size == size for row in results.rows) for size in sizes]
    heights = [EMPTY_HEIGHT_IN + BAR_HEIGHT_IN * count for count in bars]
    figure, grid = pyplot.subplots(
        len(sizes),
        2,
        figsize=(2 * PANEL_WIDTH_IN, sum(heights)),
        squeeze=False,
        height_ratios=heights,
        sharey="row",
    )
    for size, panels in zip(sizes, grid, strict=True):
        rows = [row for row in results.rows if row.size == size]
        for half, panel in zip(("encode", "decode"), panels, strict=True):
            _draw_panel(panel, rows, half)
            panel.set_title(f"{size[0]}x{size[1]}: {half}, ms a frame", fontsize=9)
        panels[0].invert_yaxis()
    handles = [pyplot.Rectangle((0, 0), 1, 1, color=colour) for colour in COLOURS.values()]
    figure.legend(handles, list(COLOURS), loc="outside lower center", ncols=len(handles), fontsize=8)
    save_figure(figure, path)


def _draw_panel(panel: Any, rows: list[SpeedRow], half: str) -> None:
    ends_ms = []
    for place, row in enumerate(rows):
        whole_ms = float(getattr(row.found, f"{half}_ms"))
        stages: dict[str, float] = getattr(row.found, f"{half}_stages_ms")
        end_ms = 0.0
        for stage, stage_ms in (stages or {UNSPLIT: whole_ms}).items():
            panel.barh(place, stage_ms, left=end_ms, color=COLOURS[stage])
            end_ms += stage_ms
        panel.text(end_ms, place, f" {whole_ms:.1f}", va="center", fontsize=7)
        ends_ms.append(end_ms)
    panel.set_yticks(range(len(rows)), [_label(row) for row in rows], fontsize=7)
    panel.set_xlim(0, ROOM_FOR_TEXT * max(ends_ms))
    panel.tick_params(axis="x", labelsize=8)


def _label(row: SpeedRow) -> str:
    threads = "1 thread" if row.case.threads == 1 else f"{row.case.threads} threads"
    return " ".join(part for part in (row.case.codec, row.case.backend, threads) if part)
