"""Tables on the screen: every row, every gap, every comparison."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

from rich.console import Console
from rich.table import Table

from benchmark.rd.measure import RdGap
from benchmark.rd.results import MEAN, BdComparison
from benchmark.rd.tables import bd_table, bd_text, clip_table
from tests.benchmark.rd.test_results import two_clips


def text_of(table: Table) -> str:
    out = StringIO()
    Console(file=out, width=200).print(table)
    return out.getvalue()


def test_rows_show_rates_and_scores() -> None:
    text = text_of(clip_table(two_clips(), "one"))
    row = next(line for line in text.splitlines() if "q 1" in line and " b " in line)
    assert "200.0" in row and "31.00" in row and "2000" in row


def test_a_codec_that_is_not_installed_has_its_row() -> None:
    results = two_clips()
    results.gaps.append(RdGap(clip="one", codec="b", reason="not installed"))
    assert "not installed" in text_of(clip_table(results, "one"))
    assert "not installed" not in text_of(clip_table(results, "two"))


def test_the_mean_says_of_how_many_clips() -> None:
    assert "mean of 2 clips" in text_of(clip_table(two_clips(), MEAN))


def test_comparisons_show_the_mean() -> None:
    assert "-50% (1 of 2 clips)" in text_of(bd_table(two_clips(), "a"))


def test_no_figure_gives_its_reason() -> None:
    comparison = BdComparison(
        test="a",
        anchor="b",
        metric="psnr",
        clip=MEAN,
        percent=None,
        clips=0,
        reason="the curves do not overlap",
    )
    assert bd_text(comparison, 2) == "the curves do not overlap"
    assert bd_text(replace(comparison, percent=12.4, clips=2), 2) == "+12%"
