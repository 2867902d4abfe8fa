"""`narrowcast bench link`: settings, table, plot and JSON, and from the command line to its files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from narrowcast.benchmark.__main__ import main
from narrowcast.benchmark.errors import LinkError
from narrowcast.benchmark.link import benchmark as link_benchmark
from narrowcast.benchmark.link import systems as link_systems
from narrowcast.benchmark.link.benchmark import content, curve_points, plot, tables
from narrowcast.benchmark.settings import WEIGHTS_VARIABLE
from tests.benchmark.bench_samples import write_video
from tests.benchmark.link.samples import link_results, stepped_results
from tests.benchmark.plot_picture import drawn
from tests.benchmark.table_text import text_of


def test_a_systems_points_go_from_the_thinnest_link_on_and_leave_gaps_out() -> None:
    results = link_results()
    assert curve_points(results, "narrowcast", lambda row: row.fps) == [(64, 11.0), (128, 14.5)]
    assert curve_points(results, "netgear", lambda row: row.fps) == []


def test_the_file_holds_rows_gaps_machine_and_settings() -> None:
    found = json.loads(json.dumps(content(link_results(proxy=True))))
    assert found["link"] == "proxy"
    assert found["clip"] == "demo"
    assert found["machine"]["cores"] >= 1 and "pyzmq" in found["machine"]["peers"]
    assert found["rows"][2]["system"] == "imagezmq"
    assert found["rows"][2]["scores"]["lpips_alex"] == 0.25
    assert found["gaps"] == [{"link_kbps": 64, "system": "netgear", "reason": "not installed"}]
    assert set(found["systems"]) == {"narrowcast", "imagezmq", "netgear"}


def table_text(**changed: bool) -> str:
    (view,) = tables(link_results(**changed))
    return text_of(view)


def test_the_table_shows_figures_and_reasons() -> None:
    text = table_text(tunnel=True)
    assert "11.0" in text and "2100" in text and "57.6" in text and "0.250" in text
    assert "not installed" in text
    assert "wire kbit/s" in text
    assert text.count("├") == 1, "a line between the links"
    assert "64.0" not in text


def test_headers_a_frame_are_shown_where_they_are_known() -> None:
    text = table_text()
    assert "header" in text and text.count(" 91 ") == 2 and text.count(" 74 ") == 2
    assert "more" not in text and "busy" not in text


def test_a_link_that_changes_gets_a_table_of_its_stretches() -> None:
    steps, whole = map(text_of, tables(stepped_results()))
    assert steps.count("narrowcast") == 3 and "128, 32, 128 kbit/s, 10 s each" in steps
    assert "30 s a row" in whole and "more" in whole and "96" in whole
    found = content(stepped_results())
    assert found["steps"] == (128, 32, 128) and found["rows"][0]["steps"][1]["link_kbps"] == 32  # type: ignore[index]


def test_what_the_proxy_counts_is_called_what_it_is() -> None:
    assert "without headers" in table_text(proxy=True)


def test_the_plot_has_three_panels(tmp_path: Path) -> None:
    height, width = drawn(plot(link_results()), tmp_path).shape[:2]
    assert width > 2 * height


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
    assert row["fps"] > 0
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
    (gap,) = json.loads(rows_file.read_text(encoding="utf-8"))["gaps"]
    assert gap["system"] == "x264" and "root" in gap["reason"]


def test_an_interrupt_keeps_the_rows(
    clip: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def fails_then_interrupted(*arguments: object, **options: object) -> None:
        calls.append("trial")
        raise LinkError("no picture came") if len(calls) == 1 else KeyboardInterrupt

    monkeypatch.setattr(link_benchmark, "run_trial", fails_then_interrupted)
    rows_file = clip.with_name("rows.json")
    arguments = ("--proxy", "--rates", "64,128", "--systems", "x264", "--json", rows_file)
    assert bench_link(clip, *arguments) == 0
    assert len(calls) == 2
    assert "interrupted" in capsys.readouterr().err
    (gap,) = json.loads(rows_file.read_text(encoding="utf-8"))["gaps"]
    assert (gap["link_kbps"], gap["reason"]) == (64, "no picture came")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("gone.mp4",), "gone.mp4"),
        (("--rates", "fast"), "'fast'"),
        (("--rates", "-3"), "rate"),
        (("--systems", "rtmp"), "'rtmp'"),
        (("--delay-ms", "5"), "--tunnel"),
        (("--steps", "64"), "--steps"),
        (("--busy", "-1"), "--busy"),
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
