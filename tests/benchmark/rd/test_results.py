"""Results: curves, means over clips, comparisons, and the JSON file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmark.rd.measure import RdGap, RdPoint
from benchmark.rd.results import MEAN, RdResults
from narrowcast.errors import BenchError


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


def two_clips() -> RdResults:
    """Codec b needs twice the bits of a on the first clip; on the second the curves do not meet."""
    results = RdResults(codecs=("a", "b"), metrics=("psnr",))
    for setting, db in enumerate((28.0, 31.0, 33.0)):
        results.points += [
            point("one", "a", setting, 50 * 2**setting, db),
            point("one", "b", setting, 100 * 2**setting, db),
            point("two", "a", setting, 70 * 2**setting, db),
            point("two", "b", setting, 70 * 2**setting, db - 15),
        ]
    return results


def test_the_mean_goes_setting_by_setting() -> None:
    means = two_clips().points_of(MEAN, "a")
    assert [mean.kbps for mean in means] == [60, 120, 240]
    assert [mean.scores["psnr"] for mean in means] == [28, 31, 33]
    assert {mean.frames for mean in means} == {80}


def test_a_codec_that_lacks_a_clip_has_no_mean() -> None:
    results = two_clips()
    results.points = [row for row in results.points if (row.clip, row.codec) != ("two", "b")]
    assert results.points_of(MEAN, "b") == []


def test_comparisons_name_what_they_stand_on() -> None:
    one, two, mean = two_clips().comparisons()
    assert one.percent == pytest.approx(-50)
    assert two.percent is None
    assert two.reason == "the curves do not overlap"
    assert (mean.clip, mean.clips) == (MEAN, 1)
    assert mean.percent == pytest.approx(-50)


def test_a_codec_without_rows_is_not_measured() -> None:
    results = two_clips()
    results.points = [row for row in results.points if row.codec == "a"]
    assert {comparison.reason for comparison in results.comparisons()} == {"not measured"}


def test_json_holds_rows_gaps_and_comparisons(tmp_path: Path) -> None:
    results = two_clips()
    results.gaps.append(RdGap(clip="one", codec="c", reason="not installed"))
    path = tmp_path / "rows.json"
    results.write_json(path)
    read = json.loads(path.read_text(encoding="utf-8"))
    assert len(read["rows"]) == 12
    assert read["rows"][0]["psnr"] == 28.0
    assert read["gaps"] == [{"clip": "one", "codec": "c", "reason": "not installed"}]
    assert len(read["mean"]) == 6
    assert read["bd_rate"][0]["percent"] == pytest.approx(-50)
    assert read["machine"]["cores"] >= 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["rows.json"], "no draft is left behind"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="--json"):
        two_clips().write_json(tmp_path / "nowhere" / "rows.json")
