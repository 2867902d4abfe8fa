"""The curves of a run: every figure of its log over the steps, in one picture."""

from __future__ import annotations

import json
import logging
from functools import cache
from pathlib import Path

import numpy as np

logger = logging.getLogger(__name__)

LOG, CURVES = "log.jsonl", "curves.png"
COLUMNS = 3
SMOOTHED = 25
"""Records in the running mean that is drawn."""


def read_log(run_dir: Path) -> dict[str, list[float]]:
    """Return every figure of a log by name, "step" among them; a line cut off at the end is left out."""
    figures: dict[str, list[float]] = {}
    for line in (run_dir / LOG).read_text().splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        for name, value in record.items():
            figures.setdefault(name, []).append(float(value))
    return figures


def draw_curves(run_dir: Path) -> bool:
    """Write curves.png beside the log; False where matplotlib is missing or there is nothing to draw."""
    figures = read_log(run_dir) if (run_dir / LOG).exists() else {}
    steps = figures.pop("step", [])
    names = [name for name in figures if name != "elapsed_s" and len(figures[name]) == len(steps)]
    if len(steps) < 2 or not _matplotlib():
        return False
    from matplotlib.figure import Figure

    rows = -(-len(names) // COLUMNS)
    figure = Figure(figsize=(4 * COLUMNS, 2.4 * rows), layout="constrained")
    for number, name in enumerate(names):
        axes = figure.add_subplot(rows, COLUMNS, number + 1)
        axes.plot(steps, figures[name], linewidth=0.5, alpha=0.4)
        axes.plot(steps, running_mean(figures[name]), linewidth=1.5)
        axes.set_title(name, fontsize=9)
        axes.grid(alpha=0.3)
    figure.savefig(run_dir / CURVES, dpi=80)
    return True


def running_mean(values: list[float], window: int = SMOOTHED) -> list[float]:
    """Return at each place the mean of the last `window` values."""
    return [float(np.mean(values[max(0, end - window) : end])) for end in range(1, len(values) + 1)]


@cache
def _matplotlib() -> bool:
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        logger.info("no loss curves: matplotlib is not installed (pip install narrowcast[bench])")
        return False
    return True
