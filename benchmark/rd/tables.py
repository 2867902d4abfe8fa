"""The tables of a rate-distortion run on the screen."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from benchmark.metrics.catalogue import METRICS
from benchmark.rd.measure import RdPoint
from benchmark.rd.results import MEAN, BdComparison, RdResults

NOTHING = "-"


def clip_table(results: RdResults, clip: str) -> Table:
    """Show every codec and setting on one clip, or on the mean of all."""
    count = len(results.clips())
    table = Table(title=f"mean of {count} clips" if clip == MEAN else clip, title_justify="left")
    table.add_column("codec")
    table.add_column("setting")
    labels = [METRICS[name].label for name in results.metrics]
    for heading in ("kbit/s", "inter kbit/s", "bpp", "keyframe bytes", *labels, "flicker", "temporal LPIPS"):
        table.add_column(heading, justify="right")
    for codec in results.codecs:
        for point in results.points_of(clip, codec):
            table.add_row(*_cells(point, results.metrics))
        for gap in results.gaps:
            if (gap.clip, gap.codec) == (clip, codec):
                table.add_row(codec, gap.reason)
        table.add_section()
    return table


def _cells(point: RdPoint, metrics: Sequence[str]) -> list[str]:
    scores = [f"{point.scores[name]:.{METRICS[name].decimals}f}" for name in metrics]
    return [
        point.codec,
        point.setting,
        f"{point.kbps:.1f}",
        _optional(point.inter_kbps, 1),
        f"{point.bpp:.4f}",
        str(point.keyframe_bytes),
        *scores,
        _optional(point.flicker, 2),
        _optional(point.temporal_lpips, 2),
    ]


def _optional(value: float | None, decimals: int) -> str:
    return NOTHING if value is None else f"{value:.{decimals}f}"


def bd_table(results: RdResults, test: str) -> Table:
    """Show how many bits more or fewer a codec needs than each other one."""
    table = Table(title=f"bits of {test} at equal quality (BD-rate)", title_justify="left")
    table.add_column("against")
    for metric in results.metrics:
        table.add_column(f"by {METRICS[metric].label}", justify="right")
    means = [
        comparison
        for comparison in results.comparisons()
        if comparison.clip == MEAN and comparison.test == test
    ]
    for anchor in results.codecs:
        if anchor == test:
            continue
        cells = [bd_text(each, len(results.clips())) for each in means if each.anchor == anchor]
        table.add_row(anchor, *cells)
    return table


def bd_text(comparison: BdComparison, clips: int) -> str:
    """Write "-31%", with the number of clips where not all could be compared, or why there is no figure."""
    if comparison.percent is None:
        return comparison.reason
    share = "" if comparison.clips == clips else f" ({comparison.clips} of {clips} clips)"
    return f"{comparison.percent:+.0f}%{share}"
