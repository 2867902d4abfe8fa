"""Plots: drawn where matplotlib is installed, a clear line where it is not."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import pytest

from benchmark.errors import PlotError
from benchmark.output_files import load_pyplot
from benchmark.rd.plot import plot_rate_distortion
from benchmark.rd.results import RdResults
from tests.benchmark.rd.test_results import two_clips


def results() -> RdResults:
    pytest.importorskip("matplotlib", reason="matplotlib comes with the bench extra")
    return two_clips()


def test_a_plot_has_a_panel_for_each_clip_and_the_mean(tmp_path: Path) -> None:
    plot_rate_distortion(results(), tmp_path / "plot.png")
    drawn = cv2.imread(str(tmp_path / "plot.png"))
    assert drawn is not None
    height, width = drawn.shape[:2]
    assert height > 2 * width, "three panels above each other"
    assert len({tuple(colour) for colour in drawn.reshape(-1, 3)[::7]}) > 10, "curves in colour"


def test_a_plot_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlotError, match="--plot"):
        plot_rate_distortion(results(), tmp_path / "nowhere" / "plot.png")


def test_without_matplotlib_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(PlotError, match=r"pip install 'narrowcast\[bench\]'"):
        load_pyplot()
