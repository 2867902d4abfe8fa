"""Plots: drawn where matplotlib is installed, a clear line where it is not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from narrowcast.benchmark.errors import PlotError
from narrowcast.benchmark.plots import (
    DPI,
    Axis,
    Bar,
    BarPanel,
    Curve,
    CurvePanel,
    HistogramPanel,
    Plot,
    draw_plot,
    load_pyplot,
)
from tests.benchmark.plot_picture import drawn

CURVES = CurvePanel(
    title="curves",
    curves=[
        Curve(label="ours", points=[(16, 5.0), (32, None), (64, 9.0)], strong=True),
        Curve(label="limit", points=[(16, 7.0), (64, 7.0)], limit=True),
        Curve(label="nothing", points=[(16, None)]),
    ],
    x=Axis(title="kbit/s", log_base=2, ticks=(16, 32, 64)),
    y=Axis(limits=(0, None), inverted=True),
    legend=True,
)
BARS = BarPanel(
    title="bars",
    bars=[Bar(label="gan", parts={"encode": 2.0, "decode": 3.0}, text="5"), Bar(label="jpeg", parts={})],
    colours={"encode": "C1", "decode": "C2"},
)
HISTOGRAM = HistogramPanel(title="histogram", samples={"a": [1.0, 2.0, 2.0], "b": [2.5]}, marks={"p50": 2.0})


@pytest.mark.parametrize("panel", [CURVES, BARS, HISTOGRAM])
@pytest.mark.parametrize("shared_legend", [False, True])
def test_each_panel_is_drawn_at_its_size(
    panel: CurvePanel | BarPanel | HistogramPanel, shared_legend: bool, tmp_path: Path
) -> None:
    plot = Plot(
        rows=[[panel, panel], [panel, panel]],
        panel_width_in=3.0,
        row_heights_in=[2.0, 3.0],
        shared_legend=shared_legend,
    )
    height, width = drawn(plot, tmp_path).shape[:2]
    assert (height, width) == (5 * DPI, 6 * DPI)


def test_a_plot_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib comes with the bench extra")
    with pytest.raises(PlotError, match="--plot"):
        draw_plot(
            Plot(rows=[[CURVES]], panel_width_in=3.0, row_heights_in=[2.0]),
            tmp_path / "nowhere" / "plot.png",
        )


def test_without_matplotlib_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(PlotError, match=r"pip install 'narrowcast\[bench\]'"):
        load_pyplot()
