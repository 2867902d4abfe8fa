"""Curves of a link measurement: frames, age and quality over the link's rate, a line for each system."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmark.link.results import LinkResults, LinkRow
from benchmark.metrics.catalogue import METRICS
from benchmark.output_files import load_pyplot, save_figure

PANEL_WIDTH_IN, PANEL_HEIGHT_IN = 4.2, 3.4
HERO = "narrowcast"
"""Drawn thicker than its peers."""
AGE_TICKS_MS = (20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)


def plot_link(results: LinkResults, path: Path) -> None:
    """Draw a panel each for frames a second, age, and the last metric. PlotError where that cannot be."""
    pyplot = load_pyplot()
    metric = results.metrics[-1]
    figure, panels = pyplot.subplots(1, 3, figsize=(3 * PANEL_WIDTH_IN, PANEL_HEIGHT_IN))
    _draw(panels[0], results, "frames shown a second", lambda row: row.fps)
    _draw(panels[1], results, "age of the shown frame, p95, ms", lambda row: row.age_p95_ms)
    panels[0].set_ylim(bottom=0)
    panels[1].set_yscale("log")
    panels[1].set_yticks(AGE_TICKS_MS, [f"{age_ms:,}" for age_ms in AGE_TICKS_MS])
    panels[1].set_ylim(AGE_TICKS_MS[0], AGE_TICKS_MS[-1])
    panels[1].minorticks_off()
    _draw(panels[2], results, METRICS[metric].label, lambda row: row.scores.get(metric))
    if not METRICS[metric].higher_is_better:
        panels[2].invert_yaxis()  # better is up
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=6)
    save_figure(figure, path)


def _draw(panel: Any, results: LinkResults, title: str, value_of: Callable[[LinkRow], float | None]) -> None:
    for index, system in enumerate(results.config.systems):
        points = [(row.link_kbps, value_of(row)) for row in results.rows_of(system)]
        known = [(kbps, value) for kbps, value in points if value is not None]
        panel.plot(
            [kbps for kbps, _ in known],
            [value for _, value in known],
            marker="o",
            markersize=3,
            linewidth=2.4 if system == HERO else 1.1,
            color=f"C{index}",
            label=system,
        )
    rates = results.config.rates_kbps
    panel.set_xscale("log")
    panel.set_xticks(rates, [f"{rate:g}" for rate in rates])
    panel.minorticks_off()
    panel.set_title(title, fontsize=9)
    panel.set_xlabel("link, kbit/s", fontsize=8)
    panel.tick_params(labelsize=8)
    panel.grid(visible=True, alpha=0.25)
