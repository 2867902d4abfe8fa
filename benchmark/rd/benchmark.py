"""`narrowcast bench rd`: rate against quality, on the screen, as JSON, as curves and as a contact sheet."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import asdict, dataclass

from narrowcast.benchmark.benchmark import Benchmark
from narrowcast.benchmark.metrics import METRICS
from narrowcast.benchmark.peers.catalogue import LEARNED_PEERS
from narrowcast.benchmark.plots import Axis, Curve, CurvePanel, Plot
from narrowcast.benchmark.progress import Listener
from narrowcast.benchmark.rd.contact_sheet import Tile, write_sheet
from narrowcast.benchmark.rd.curves import MEAN, RdCurves, RdPoint
from narrowcast.benchmark.rd.film import write_film
from narrowcast.benchmark.rd.settings import RdSettings
from narrowcast.benchmark.results import Gap, Results, json_gaps, json_rows
from narrowcast.benchmark.tables import Column, TableView

PANEL_WIDTH_IN, PANEL_HEIGHT_IN = 4.4, 3.4


@dataclass(frozen=True, kw_only=True)
class ScoredMetrics:
    """The metrics that a run could load."""

    names: tuple[str, ...]
    "in the order of the tables"


def measure(settings: RdSettings, listener: Listener) -> Generator[object, None, None]:
    """Yield the points of each clip and codec, and the tiles of the sheet where there is one."""
    from narrowcast.benchmark.rd.run import RdRun  # brings torch, which --help has to do without

    run = RdRun(settings, listener)
    yield ScoredMetrics(names=tuple(run.metrics))
    yield from run.outcomes()


def curves_of(results: Results[RdSettings]) -> RdCurves:
    """Order the points by clip and codec."""
    (scored,) = results.of(ScoredMetrics)
    return RdCurves(codecs=results.settings.codecs, metrics=scored.names, points=results.of(RdPoint))


def tables(results: Results[RdSettings]) -> Iterator[TableView | str]:
    """Show every clip and their mean, then how many bits the codecs need for equal quality."""
    curves, gaps = curves_of(results), results.of(Gap)
    for clip in curves.clips_and_mean():
        yield clip_table(curves, clip, [gap for gap in gaps if gap.key["clip"] == clip])
    if len(curves.codecs) > 1:
        for test in curves.tests():
            yield bd_table(curves, test)


def clip_table(curves: RdCurves, clip: str, gaps: list[Gap]) -> TableView:
    """Show every codec and setting on one clip, or on the mean of all."""

    def score(metric: str) -> Column:
        info = METRICS[metric]
        return Column(info.label, lambda point: point.scores[metric], f".{info.decimals}f")

    rows: list[object] = []
    for codec in curves.codecs:
        rows += curves.points_of(clip, codec)
        rows += [gap for gap in gaps if gap.key["codec"] == codec]
    return TableView(
        title=f"mean of {len(curves.clips())} clips" if clip == MEAN else clip,
        columns=(
            Column("codec", "codec"),
            Column("setting", "setting"),
            Column("kbit/s", "kbps", ".1f"),
            Column("inter kbit/s", "inter_kbps", ".1f"),
            Column("bpp", "bpp", ".4f"),
            Column("keyframe bytes", "keyframe_bytes", "d"),
            *map(score, curves.metrics),
            Column("flicker", "flicker", ".2f"),
            Column("temporal LPIPS", "temporal_lpips", ".2f"),
        ),
        rows=rows,
        section="codec",
    )


def bd_table(curves: RdCurves, test: str) -> TableView:
    """Show how many bits more or fewer a codec needs than each other one."""
    means = {
        (each.anchor, each.metric): each.text(len(curves.clips()))
        for each in curves.comparisons()
        if each.clip == MEAN and each.test == test
    }

    def by(metric: str) -> Column:
        return Column(f"by {METRICS[metric].label}", lambda anchor: means[anchor, metric], ">")

    return TableView(
        title=f"bits of {test} at equal quality (BD-rate)",
        columns=(Column("against", str), *map(by, curves.metrics)),
        rows=[anchor for anchor in curves.codecs if anchor != test],
    )


def plot(results: Results[RdSettings]) -> Plot:
    """Draw one column a metric; a row for the mean, then one a clip."""
    curves = curves_of(results)
    clips = sorted(curves.clips_and_mean(), key=lambda clip: clip != MEAN)
    return Plot(
        rows=[[_panel(curves, clip, metric) for metric in curves.metrics] for clip in clips],
        panel_width_in=PANEL_WIDTH_IN,
        row_heights_in=[PANEL_HEIGHT_IN] * len(clips),
        shared_legend=True,
    )


def _panel(curves: RdCurves, clip: str, metric: str) -> CurvePanel:
    info = METRICS[metric]
    return CurvePanel(
        title=f"{clip}: {info.label}",
        curves=[
            Curve(
                label=codec,
                points=[(point.kbps, point.scores[metric]) for point in curves.points_of(clip, codec)],
                strong=codec in LEARNED_PEERS,
            )
            for codec in curves.codecs
        ],
        x=Axis(title="kbit/s", log_base=10),
        y=Axis(inverted=not info.higher_is_better),  # better is up in every panel
    )


def content(results: Results[RdSettings]) -> Mapping[str, object]:
    """Return everything, the means and comparisons too, for the JSON file."""
    curves = curves_of(results)
    means = [point for codec in curves.codecs for point in curves.points_of(MEAN, codec)]
    return {
        "rows": [_json_row(point) for point in curves.points],
        "mean": [_json_row(point) for point in means] if len(curves.clips()) > 1 else [],
        "gaps": json_gaps(results.of(Gap)),
        "bd_rate": json_rows(curves.comparisons()),
    }


def _json_row(point: RdPoint) -> dict[str, object]:
    """Put the scores beside the other columns."""
    row: dict[str, object] = asdict(point)
    del row["scores"]
    return row | dict(point.scores)


def finish(results: Results[RdSettings]) -> None:
    """Write the contact sheet and the film."""
    settings = results.settings
    if settings.sheet is not None:
        write_sheet(settings.sheet, results.of(Tile))
    if settings.film is not None:
        write_film(settings.film, results.of(Tile), settings.fps)


BENCHMARK = Benchmark(
    settings=RdSettings,
    measure=measure,
    row=RdPoint,
    tables=tables,
    content=content,
    plot=plot,
    finish=finish,
)
