"""Plots as PNG files, drawn with matplotlib from descriptions of their panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from narrowcast.benchmark.errors import PlotError

DPI = 110
LEGEND_COLUMNS = 8
BAR_TEXT_ROOM = 1.15
"""A panel of bars is so many times as wide as its longest bar, for the text behind it."""
HISTOGRAM_BINS = 40


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One direction of a panel of curves."""

    title: str = ""
    "with the unit"
    log_base: int | None = None
    "None for a linear scale"
    ticks: Sequence[float] = ()
    "where there are labels; empty leaves them to matplotlib"
    limits: tuple[float | None, float | None] = (None, None)
    "from and to; None leaves an end to the data"
    inverted: bool = False
    "whether large values are below, or on the left"


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One series of a panel."""

    label: str
    "in the legend"
    points: Sequence[tuple[float, float | None]]
    "x and y; a point whose y is None is left out"
    strong: bool = False
    "drawn thicker than the others"
    limit: bool = False
    "drawn as a dotted grey line: a limit that the others are held against"


@dataclass(frozen=True, kw_only=True)
class CurvePanel:
    """Series over a common x."""

    title: str
    curves: Sequence[Curve]
    "each has the colour of its place"
    x: Axis = field(default_factory=Axis)
    y: Axis = field(default_factory=Axis)
    legend: bool = False
    "whether it has a legend of its own"

    def draw(self, axes: Any) -> None:
        """Draw into matplotlib's axes."""
        for index, curve in enumerate(self.curves):
            known = [(x, y) for x, y in curve.points if y is not None]
            if not known:
                continue
            colour, style = ("grey", ":") if curve.limit else (f"C{index}", "-")
            axes.plot(
                *zip(*known, strict=True),
                color=colour,
                linestyle=style,
                linewidth=2.4 if curve.strong else 1.1,
                marker="" if curve.limit else "o",
                markersize=3,
                label=curve.label,
            )
        _set_axis(axes, "x", self.x)
        _set_axis(axes, "y", self.y)
        axes.grid(visible=True, which="both", alpha=0.25)
        if self.legend:
            axes.legend(fontsize=7)


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar, made of parts that lie one behind the other."""

    label: str
    parts: Mapping[str, float]
    "lengths by name"
    text: str = ""
    "behind its end"


@dataclass(frozen=True, kw_only=True)
class BarPanel:
    """Horizontal bars, one below the other."""

    title: str
    bars: Sequence[Bar]
    colours: Mapping[str, str]
    "of the parts, by name"
    legend: bool = False
    "whether it has a legend of its own"

    def draw(self, axes: Any) -> None:
        """Draw into matplotlib's axes."""
        ends = [0.0] * len(self.bars)
        for name, colour in self.colours.items():
            lengths = [bar.parts.get(name, 0.0) for bar in self.bars]
            axes.barh(range(len(self.bars)), lengths, left=ends, color=colour, label=name)
            ends = [end + length for end, length in zip(ends, lengths, strict=True)]
        for place, (bar, end) in enumerate(zip(self.bars, ends, strict=True)):
            axes.text(end, place, f" {bar.text}", va="center", fontsize=7)
        axes.set_yticks(range(len(self.bars)), [bar.label for bar in self.bars], fontsize=7)
        axes.set_xlim(0, BAR_TEXT_ROOM * max(ends))
        axes.invert_yaxis()
        if self.legend:
            axes.margins(y=0.35)
            axes.legend(fontsize=7, ncols=len(self.colours))


@dataclass(frozen=True, kw_only=True)
class HistogramPanel:
    """How often values occur, for one set of samples or two."""

    title: str
    samples: Mapping[str, Sequence[float]]
    "values by their name in the legend; the first set is filled, the others are outlines"
    marks: Mapping[str, float]
    "values at which a line with this name stands"

    def draw(self, axes: Any) -> None:
        """Draw into matplotlib's axes."""
        every = [value for values in self.samples.values() for value in values]
        limits = (min(every), max(every))
        for index, (label, values) in enumerate(self.samples.items()):
            style = {"histtype": "step"} if index else {"alpha": 0.5}
            axes.hist(values, HISTOGRAM_BINS, range=limits, color=f"C{index}", label=label, **style)
        for name, value in self.marks.items():
            axes.axvline(value, color="black", linewidth=0.8, linestyle=":")
            axes.text(value, 0.97, f" {name}", fontsize=7, va="top", transform=axes.get_xaxis_transform())
        axes.legend(fontsize=7)


@dataclass(frozen=True, kw_only=True)
class Plot:
    """Panels in a grid."""

    rows: Sequence[Sequence[CurvePanel | BarPanel | HistogramPanel]]
    "from above, each from the left; as many in each row"
    panel_width_in: float
    "inches"
    row_heights_in: Sequence[float]
    "inches, row by row"
    shared_legend: bool = False
    "whether one legend stands below all panels"


def draw_plot(plot: Plot, path: Path) -> None:
    """Write a plot as PNG; PlotError where it cannot be drawn or written."""
    pyplot = load_pyplot()
    columns = len(plot.rows[0])
    figure, grid = pyplot.subplots(
        len(plot.rows),
        columns,
        figsize=(plot.panel_width_in * columns, sum(plot.row_heights_in)),
        height_ratios=plot.row_heights_in,
        squeeze=False,
    )
    for panels, row in zip(plot.rows, grid, strict=True):
        for panel, axes in zip(panels, row, strict=True):
            panel.draw(axes)
            axes.set_title(panel.title, fontsize=9)
            axes.tick_params(labelsize=8)
    if plot.shared_legend:
        handles = {
            label: handle
            for axes in grid.flat
            for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        figure.legend(handles.values(), handles, loc="outside lower center", ncols=LEGEND_COLUMNS, fontsize=8)
    try:
        figure.set_layout_engine("constrained")
        figure.savefig(path, dpi=DPI)
    except OSError as error:
        raise PlotError(f"cannot write {path}: {error.strerror}; name another file with --plot") from error
    finally:
        pyplot.close(figure)


def load_pyplot() -> Any:
    """Import matplotlib for drawing into files; PlotError where it is not installed."""
    try:
        import matplotlib
    except ImportError as error:
        raise PlotError("plots need matplotlib; install it with: pip install 'narrowcast[bench]'") from error
    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def _set_axis(axes: Any, name: str, axis: Axis) -> None:
    if axis.log_base is not None:
        getattr(axes, f"set_{name}scale")("log", base=axis.log_base)
    if axis.ticks:
        getattr(axes, f"set_{name}ticks")(axis.ticks, [f"{tick:,g}" for tick in axis.ticks])
        getattr(axes, f"{name}axis").minorticks_off()
    getattr(axes, f"set_{name}lim")(*axis.limits)
    getattr(axes, f"set_{name}label")(axis.title, fontsize=8)
    if axis.inverted:
        getattr(axes, f"invert_{name}axis")()
