"""The plot of a fan-out run."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from benchmark.fanout.plot import plot_fanout
from tests.benchmark.fanout.samples import fanout_results


def test_it_draws_three_panels(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib comes with the bench extra")
    plot_fanout(fanout_results((1, 50.0), (4, 60.0), (16, None)).rows, tmp_path / "plot.png")
    drawn = cv2.imread(str(tmp_path / "plot.png"))
    assert drawn is not None
    assert drawn.shape[1] > 2.5 * drawn.shape[0]
    assert len({tuple(colour) for colour in drawn.reshape(-1, 3)[::7]}) > 10, "curves in colour"


def test_it_draws_one_row_without_the_target(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib comes with the bench extra")
    plot_fanout(fanout_results((4, 60.0)).rows, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 1000
