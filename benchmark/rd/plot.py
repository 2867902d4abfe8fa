"""Curves of rate against each metric, drawn with matplotlib."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmark.metrics.catalogue import METRICS
from benchmark.output_files import load_pyplot, save_figure
from benchmark.rd.results import MEAN, RdResults

PANEL_WIDTH_IN, PANEL_HEIGHT_IN = 4.4, 3.4
HEROES = "hybrid", "gan"
"""Drawn thicker than its peers."""


def plot_rate_distortion(results: RdResults, path: Path) -> None:
    """Draw one column a metric; a row for the mean, then one a clip. PlotError where that cannot be."""
    pyplot = load_pyplot()
    clips = results.clips()
    rows = [MEAN, *clips] if len(clips) > 1 else clips
    size = (PANEL_WIDTH_IN * len(results.metrics), PANEL_HEIGHT_IN * len(rows))
    figure, grid = pyplot.subplots(len(rows), len(results.metrics), figsize=size, squeeze=False)
    for clip, panels in zip(rows, grid, strict=True):
        for metric, panel in zip(results.metrics, panels, strict=True):
            _draw_panel(panel, results, clip, metric)
    figure.legend(*grid[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=8)
    save_figure(figure, path)


def _draw_panel(panel: Any, results: RdResults, clip: str, metric: str) -> None:
    info = METRICS[metric]
    for index, codec in enumerate(results.codecs):
        points = results.points_of(clip, codec)
        if points:
            panel.plot(
                [point.kbps for point in points],
                [point.scores[metric] for point in points],
                marker="o",
                markersize=3,
                linewidth=2.4 if codec in HEROES else 1.1,
                color=f"C{index}",
                label=codec,
            )
    panel.set_xscale("log")
    if not info.higher_is_better:
        panel.invert_yaxis()  # better is up in every panel
    panel.set_title(f"{clip}: {info.label}", fontsize=9)
    panel.set_xlabel("kbit/s", fontsize=8)
    panel.tick_params(labelsize=8)
    panel.grid(visible=True, which="both", alpha=0.25)
