"""`narrowcast bench rd`: tables, plot and JSON, whole runs, and from the command line to files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from narrowcast.benchmark.__main__ import main
from narrowcast.benchmark.rd.benchmark import ScoredMetrics, content, plot, tables
from narrowcast.benchmark.rd.settings import RdSettings
from narrowcast.benchmark.results import Gap, Results
from narrowcast.benchmark.settings import WEIGHTS_VARIABLE
from tests.benchmark.bench_samples import write_video
from tests.benchmark.plot_picture import drawn
from tests.benchmark.rd.test_curves import two_clips
from tests.benchmark.table_text import text_of

CLIPS = (Path("clip.mp4"),)
NOT_INSTALLED = Gap(key={"clip": "one", "codec": "b"}, reason="not installed")


@pytest.fixture(autouse=True)
def no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the caller's environment names must not change a test."""
    monkeypatch.delenv(WEIGHTS_VARIABLE, raising=False)


def results() -> Results[RdSettings]:
    """The points of two clips and two codecs, and one that is missing."""
    outcomes = [ScoredMetrics(names=("psnr",)), *two_clips().points, NOT_INSTALLED]
    # The curves' codecs are called a and b, which no settings take.
    settings = RdSettings(clips=CLIPS)
    object.__setattr__(settings, "codecs", ("a", "b"))
    return Results(settings=settings, outcomes=outcomes)


def table_texts() -> list[str]:
    return [text_of(view) for view in tables(results()) if not isinstance(view, str)]


def test_rows_show_rates_and_scores() -> None:
    row = next(line for line in table_texts()[0].splitlines() if "q 1" in line and " b " in line)
    assert "200.0" in row and "31.00" in row and "2000" in row


def test_a_codec_that_is_not_installed_has_its_row() -> None:
    one, two, *_ = table_texts()
    assert "not installed" in one
    assert "not installed" not in two


def test_the_mean_says_of_how_many_clips_and_comparisons_follow() -> None:
    _, _, mean, comparison = table_texts()
    assert "mean of 2 clips" in mean
    assert "-50% (1 of 2 clips)" in comparison


def test_json_holds_rows_gaps_and_comparisons() -> None:
    read = json.loads(json.dumps(content(results())))
    assert len(read["rows"]) == 12
    assert read["rows"][0]["psnr"] == 28.0
    assert read["gaps"] == [{"clip": "one", "codec": "b", "reason": "not installed"}]
    assert len(read["mean"]) == 6
    assert read["bd_rate"][0]["percent"] == pytest.approx(-50)


def test_the_plot_has_a_panel_for_each_clip_and_the_mean(tmp_path: Path) -> None:
    height, width = drawn(plot(results()), tmp_path).shape[:2]
    assert height > 2 * width, "three panels above each other"


def bench_rd(*arguments: str | Path) -> int:
    return main(["rd", "--size", "96x64", "--frames", "3", "--threads", "1", *map(str, arguments)])


def test_tables_json_and_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_video(tmp_path / "street.avi", 6)
    files = [tmp_path / "rows.json", tmp_path / "sheet.png"]
    status = bench_rd(
        tmp_path / "street.avi",
        *("--codecs", "jpeg,x264", "--metrics", "psnr"),
        *("--json", files[0], "--sheet", files[1]),
    )
    out = capsys.readouterr().out
    assert status == 0
    assert "street" in out and "crf 36" in out and "BD-rate" in out
    rows = json.loads(files[0].read_text(encoding="utf-8"))["rows"]
    assert {row["codec"] for row in rows} == {"jpeg", "x264"}
    assert all(row["kbps"] > 0 and row["psnr"] > 20 for row in rows)
    assert files[1].read_bytes().startswith(b"\x89PNG")


def test_metrics_without_weights_get_a_line_each_and_the_rest_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_video(tmp_path / "street.avi", 6)
    assert bench_rd(tmp_path / "street.avi", "--codecs", "jpeg") == 0
    captured = capsys.readouterr()
    assert captured.err.count("--weights") == 2
    assert "PSNR" in captured.out and "DISTS" not in captured.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("gone.mp4", "--codecs", "jpeg", "--metrics", "psnr"), "gone.mp4"),
        (("a.mp4", "--codecs", "h266"), "'h266'"),
        (("a.mp4", "--metrics", "vmaf"), "'vmaf'"),
        (("a.mp4", "--size", "wide"), "'wide'"),
        (("a.mp4", "--fps", "0"), "fps"),
        (("a.mp4", "--json", "nowhere/rows.json"), "nowhere"),
        (("a.mp4", "--codecs", "jpeg", "--metrics", "psnr", "--temporal"), "--temporal: "),
    ],
)
def test_bad_input_gets_status_2_and_a_line(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench_rd(*arguments) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert "Traceback" not in captured.err
