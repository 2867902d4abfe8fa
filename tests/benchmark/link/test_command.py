"""`narrowcast bench link` from the command line to its files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from benchmark.__main__ import main
from benchmark.commands import WEIGHTS_VARIABLE
from benchmark.errors import LinkError
from benchmark.link import run as link_run
from benchmark.link import systems as link_systems
from tests.benchmark.bench_samples import write_video


@pytest.fixture(autouse=True)
def no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the caller's environment names must not change a test."""
    monkeypatch.delenv(WEIGHTS_VARIABLE, raising=False)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    write_video(tmp_path / "street.avi", 30)
    return tmp_path / "street.avi"


def bench_link(*arguments: str | Path) -> int:
    return main(["link", "--size", "160x120", *map(str, arguments)])


def test_a_table_and_rows_through_the_proxy(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows_file = clip.with_name("rows.json")
    status = bench_link(
        clip,
        *("--proxy", "--delay-ms", "10", "--rates", "200", "--systems", "x264"),
        *("--seconds", "1.2", "--settle", "0", "--json", rows_file),
    )
    captured = capsys.readouterr()
    assert status == 0
    assert "x264" in captured.out and "PSNR" in captured.out
    assert "--weights" in captured.err
    (row,) = json.loads(rows_file.read_text(encoding="utf-8"))["rows"]
    assert row["reason"] == "" and row["fps"] > 0
    assert row["age_p50_ms"] >= 10
    assert row["scores"]["psnr"] > 15
    assert row["wire_kbps"] > 0


def test_a_missing_peer_is_named_and_the_rest_runs(
    clip: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_systems, "find_spec", lambda module: None)
    arguments = ("--proxy", "--rates", "200", "--systems", "imagezmq,netgear")
    assert bench_link(clip, *arguments) == 0
    assert capsys.readouterr().out.count("not installed") == 2


def test_without_root_it_says_so_in_a_line_and_ends_well(
    clip: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    rows_file = clip.with_name("rows.json")
    assert bench_link(clip, "--systems", "x264", "--rates", "64", "--json", rows_file) == 0
    captured = capsys.readouterr()
    assert captured.err.count("sudo") == 1 and "--proxy" in captured.err
    (row,) = json.loads(rows_file.read_text(encoding="utf-8"))["rows"]
    assert row["fps"] is None and "root" in row["reason"]


def test_an_interrupt_keeps_the_rows(
    clip: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def fails_then_interrupted(*arguments: object, **options: object) -> None:
        calls.append("trial")
        raise LinkError("no picture came") if len(calls) == 1 else KeyboardInterrupt

    monkeypatch.setattr(link_run, "run_trial", fails_then_interrupted)
    rows_file = clip.with_name("rows.json")
    arguments = ("--proxy", "--rates", "64,128", "--systems", "x264", "--json", rows_file)
    assert bench_link(clip, *arguments) == 0
    assert len(calls) == 2
    assert "interrupted" in capsys.readouterr().err
    (row,) = json.loads(rows_file.read_text(encoding="utf-8"))["rows"]
    assert (row["link_kbps"], row["reason"]) == (64, "no picture came")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("gone.mp4",), "gone.mp4"),
        (("--rates", "fast"), "'fast'"),
        (("--rates", "-3"), "rate"),
        (("--systems", "rtmp"), "'rtmp'"),
        (("--delay-ms", "5"), "--tunnel"),
        (("--size", "wide"), "'wide'"),
        (("--json", "nowhere/rows.json"), "nowhere"),
    ],
)
def test_bad_input_gets_status_2_and_a_line(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["link", *arguments]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert "Traceback" not in captured.err
