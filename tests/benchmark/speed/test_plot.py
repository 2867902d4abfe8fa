"""The plot of a speed run."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from benchmark.speed.plot import COLOURS, plot_speed
from tests.benchmark.speed.samples import speed_case, speed_results, speed_row


def test_it_draws_bars_for_each_size(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib comes with the bench extra")
    results = speed_results()
    results.rows.append(speed_row(speed_case("jpeg", width=320, height=180), encode_ms=1.0, decode_ms=1.0))
    plot_speed(results, tmp_path / "plot.png")
    drawn = cv2.imread(str(tmp_path / "plot.png"))
    assert drawn is not None
    colours = {tuple(colour) for colour in drawn.reshape(-1, 3)}
    assert len(colours) > len(COLOURS), "bars in colour"
