"""`narrowcast bench rd` from the command line to its files, with real codecs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmark.__main__ import main
from benchmark.commands import WEIGHTS_VARIABLE
from tests.benchmark.bench_samples import write_video


@pytest.fixture(autouse=True)
def no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the caller's environment names must not change a test."""
    monkeypatch.delenv(WEIGHTS_VARIABLE, raising=False)


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


@pytest.mark.parametrize("arguments", [[], ["rd"], ["unheard-of"]])
def test_the_command_line_is_checked(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "narrowcast: error:" in capsys.readouterr().err
