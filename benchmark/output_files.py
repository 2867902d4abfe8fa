"""The files that a benchmark writes: rows as JSON while it runs, and plots."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmark.errors import PlotError
from narrowcast.errors import BenchError

DPI = 110


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Replace the file in one go: an interrupt leaves the rows of the write before."""
    draft = path.with_name(path.name + ".part")
    try:
        draft.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        os.replace(draft, path)
    except OSError as error:
        raise BenchError(f"cannot write {path}: {error.strerror}; name another file with --json") from error


def load_pyplot() -> Any:
    """Import matplotlib for drawing into files; PlotError where it is not installed."""
    try:
        import matplotlib
    except ImportError as error:
        raise PlotError("plots need matplotlib; install it with: pip install 'narrowcast[bench]'") from error
    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def save_figure(figure: Any, path: Path) -> None:
    """Write a figure as PNG and let go of it; PlotError where it cannot be written."""
    try:
        figure.set_layout_engine("constrained")
        figure.savefig(path, dpi=DPI)
    except OSError as error:
        raise PlotError(f"cannot write {path}: {error.strerror}; name another file with --plot") from error
    finally:
        load_pyplot().close(figure)
