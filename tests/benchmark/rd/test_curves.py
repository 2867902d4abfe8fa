"""Curves, means over clips, and comparisons."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrowcast.benchmark.rd.curves import MEAN, BdComparison, RdCurves, RdPoint


def point(clip: str, codec: str, setting: int, kbps: float, psnr_db: float) -> RdPoint:
    return RdPoint(
        clip=clip,
        codec=codec,
        setting=f"q {setting}",
        setting_value=setting,
        width=640,
        height=360,
        fps=15,
        frames=40,
        kbps=kbps,
        bpp=kbps * 1000 / 15 / (640 * 360),
        keyframe_bytes=2000,
        inter_kbps=None,
        flicker=None,
        temporal_lpips=None,
        scores={"psnr": psnr_db},
    )


def two_clips() -> RdCurves:
    """Codec b needs twice the bits of a on the first clip; on the second the curves do not meet."""
    points: list[RdPoint] = []
    for setting, db in enumerate((28.0, 31.0, 33.0)):
        points += [
            point("one", "a", setting, 50 * 2**setting, db),
            point("one", "b", setting, 100 * 2**setting, db),
            point("two", "a", setting, 70 * 2**setting, db),
            point("two", "b", setting, 70 * 2**setting, db - 15),
        ]
    return RdCurves(codecs=("a", "b"), metrics=("psnr",), points=points)


def without(curves: RdCurves, *codecs_and_clips: tuple[str, str]) -> RdCurves:
    kept = [row for row in curves.points if (row.codec, row.clip) not in codecs_and_clips]
    return replace(curves, points=kept)


def test_the_mean_goes_setting_by_setting() -> None:
    means = two_clips().points_of(MEAN, "a")
    assert [mean.kbps for mean in means] == [60, 120, 240]
    assert [mean.scores["psnr"] for mean in means] == [28, 31, 33]
    assert {mean.frames for mean in means} == {80}


def test_a_codec_that_lacks_a_clip_has_no_mean() -> None:
    curves = without(two_clips(), ("b", "two"))
    assert curves.points_of(MEAN, "b") == []
    assert curves.clips_and_mean() == ["one", "two", MEAN]


def test_comparisons_name_what_they_stand_on() -> None:
    one, two, mean = two_clips().comparisons()
    assert one.percent == pytest.approx(-50)
    assert two.percent is None
    assert two.reason == "the curves do not overlap"
    assert (mean.clip, mean.clips) == (MEAN, 1)
    assert mean.percent == pytest.approx(-50)


def test_a_codec_without_rows_is_not_measured() -> None:
    curves = without(two_clips(), ("b", "one"), ("b", "two"))
    assert {comparison.reason for comparison in curves.comparisons()} == {"not measured"}


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
    assert comparison.text(2) == "the curves do not overlap"
    assert replace(comparison, percent=12.4, clips=2).text(2) == "+12%"
