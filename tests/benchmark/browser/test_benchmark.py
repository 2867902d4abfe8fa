"""`narrowcast bench browser`: what it shows, and a whole run in a real browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from narrowcast.benchmark.__main__ import main
from narrowcast.benchmark.browser.benchmark import BENCHMARK, content, tables
from narrowcast.benchmark.browser.comparison import Comparison
from narrowcast.benchmark.browser.trial import BrowserRow, BrowserSettings
from narrowcast.benchmark.results import Gap, Results, percentiles_of
from tests.benchmark.table_text import text_of
from tests.browser import NEEDS_CHROMIUM

ROW = BrowserRow(
    link_kbps=64.0,
    restore="auto",
    first_ms=12_700,
    page_bytes=60_000,
    fps=13.3,
    age_ms=percentiles_of([100.0, 120.0, 240.0]),
    decode_p50_ms=12.0,
    sent_kbps=60.7,
    painting="base picture only",
)
COMPARISON = Comparison(
    clip="demo",
    every=2,
    frames=40,
    base_levels=0.04,
    painted_levels=0.62,
    scores={"psnr": (31.97, 30.83, 31.01)},
)


def test_the_tables_say_what_was_found() -> None:
    results = Results(settings=BrowserSettings(), outcomes=[COMPARISON, ROW])
    compared, runs = map(text_of, tables(results))
    assert "1 of 2" in compared and "31.97 / 30.83 / 31.01" in compared
    assert "13.3" in runs and "60.7" in runs and "12.7" in runs and "base picture only" in runs
    assert len(list(tables(Results(settings=BrowserSettings(), outcomes=[])))) == 0


def test_the_file_holds_rows_gaps_and_comparisons() -> None:
    gap = Gap(key={"link_kbps": 16.0}, reason="network namespaces need root")
    written = content(Results(settings=BrowserSettings(), outcomes=[COMPARISON, ROW, gap]))
    assert json.loads(json.dumps(written))["gaps"][0]["reason"] == "network namespaces need root"
    assert BENCHMARK.row is BrowserRow


@NEEDS_CHROMIUM
def test_a_run_on_this_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "browser.json"
    arguments = ["--links", "0", "--restore", "never", "--settle", "0", "--seconds", "2", "--size", "96x64"]
    assert main(["browser", *arguments, "--frames", "0", "--json", str(file)]) == 0
    (row,) = json.loads(file.read_text())["rows"]
    assert row["fps"] > 0 and row["sent_kbps"] is None and row["page_bytes"] > 10_000
    assert "the page in Chromium" in capsys.readouterr().out
