"""The plot of a latency run: a histogram a codec, and where the time goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmark.latency.results import STAGES, LatencyRow
from benchmark.output_files import load_pyplot, save_figure

PANEL_WIDTH_IN, PANEL_HEIGHT_IN = 6.5, 2.6
BINS = 40


def plot_latency(rows: list[LatencyRow], path: Path) -> None:
    """Draw the histograms of both methods one above the other, and a bar of stages a codec below."""
    pyplot = load_pyplot()
    size = (PANEL_WIDTH_IN, PANEL_HEIGHT_IN * (len(rows) + 1))
    figure, panels = pyplot.subplots(len(rows) + 1, 1, figsize=size)
    for row, panel in zip(rows, panels, strict=False):
        _draw_histogram(panel, row)
    _draw_stages(panels[-1], rows)
    save_figure(figure, path)


def _draw_histogram(panel: Any, row: LatencyRow) -> None:
    stamps = [frame.by_stamps_ms for frame in row.frames]
    numbers = [frame.by_number_ms for frame in row.frames if frame.by_number_ms is not None]
    limits = (min(stamps + numbers), max(stamps + numbers))
    panel.hist(stamps, BINS, range=limits, color="C0", alpha=0.5, label="by time stamps")
    panel.hist(numbers, BINS, range=limits, color="C1", histtype="step", label="by the number in the picture")
    for name in ("p50", "p95", "p99"):
        value = getattr(row.by_stamps_ms, name)
        panel.axvline(value, color="black", linewidth=0.8, linestyle=":")
        panel.text(value, 0.97, f" {name}", fontsize=7, va="top", transform=panel.get_xaxis_transform())
    panel.set_title(f"{row.codec}: capture to display, ms ({len(stamps)} frames)", fontsize=9)
    panel.legend(fontsize=7)
    panel.tick_params(labelsize=8)


def _draw_stages(panel: Any, rows: list[LatencyRow]) -> None:
    starts = [0.0] * len(rows)
    names = [row.codec for row in rows]
    for index, stage in enumerate(STAGES):
        widths = [row.stage_ms(stage).p50 or 0.0 for row in rows]
        panel.barh(names, widths, left=starts, height=0.5, color=f"C{index}", label=stage)
        starts = [start + width for start, width in zip(starts, widths, strict=True)]
    panel.invert_yaxis()
    panel.set_title("where the time goes, medians, ms", fontsize=9)
    panel.legend(fontsize=7, ncols=len(STAGES))
    panel.margins(y=0.35)
    panel.tick_params(labelsize=8)
