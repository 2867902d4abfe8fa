"""One run of a benchmark: rows kept on the way, interrupts, files as far as there is anything."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from narrowcast.benchmark.benchmark import INTERRUPTED, Benchmark, measured, run_benchmark
from narrowcast.benchmark.progress import Listener
from narrowcast.benchmark.results import Gap, Results
from narrowcast.benchmark.settings import PlotSettings
from narrowcast.benchmark.tables import Column, TableView
from narrowcast.errors import BenchError
from tests.benchmark.listeners import RememberingListener


@dataclass(frozen=True, kw_only=True)
class CountSettings(PlotSettings):
    """How many rows there will be."""

    count: int = 3
    "rows"
    interrupted: bool = False
    "by Ctrl-C, after the rows"


@dataclass(frozen=True, kw_only=True)
class CountRow:
    """One number."""

    number: int


def measure(settings: CountSettings, listener: Listener) -> Generator[object, None, None]:
    """Yield the numbers, and a gap."""
    listener.begin(settings.count)
    for number in range(settings.count):
        yield CountRow(number=number)
        listener.step(1)
    if settings.interrupted:
        raise KeyboardInterrupt
    yield Gap(key={"number": settings.count}, reason="too large", label=f"number {settings.count}")


def tables(results: Results[CountSettings]) -> Iterator[TableView | str]:
    """Show the numbers."""
    yield TableView(title="numbers", columns=(Column("n", "number", "d"),), rows=results.of(CountRow))


BENCHMARK = Benchmark(settings=CountSettings, measure=measure, row=CountRow, tables=tables)


def test_gaps_are_told_and_the_rest_goes_on() -> None:
    listener = RememberingListener()
    results = measured(BENCHMARK, CountSettings(count=2), listener)
    assert [row.number for row in results.of(CountRow)] == [0, 1]
    assert listener.notices == ["number 2: too large"]
    assert listener.done == listener.total == 2


def test_the_file_grows_row_by_row(tmp_path: Path) -> None:
    counts = []

    def watched(settings: CountSettings, listener: Listener) -> Generator[object, None, None]:
        for outcome in measure(settings, listener):
            yield outcome
            counts.append(len(json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))["rows"]))

    measured(
        replace(BENCHMARK, measure=watched),
        CountSettings(json=tmp_path / "rows.json"),
        RememberingListener(),
    )
    assert counts == [1, 2, 3, 3]


def test_an_interrupted_run_keeps_its_rows(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run_benchmark(BENCHMARK, CountSettings(interrupted=True, json=tmp_path / "rows.json"))
    captured = capsys.readouterr()
    assert INTERRUPTED in captured.err and "│ 2 │" in captured.out
    assert len(json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))["rows"]) == 3


def test_the_file_may_hold_something_else(tmp_path: Path) -> None:
    benchmark = replace(BENCHMARK, content=lambda results: {"count": len(results.of(CountRow))})
    measured(benchmark, CountSettings(json=tmp_path / "rows.json"), RememberingListener())
    found = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))
    assert found["count"] == 3 and set(found) == {"machine", "count"}


def test_what_found_nothing_leaves_its_json_and_no_more(tmp_path: Path) -> None:
    finished: list[Results[CountSettings]] = []
    benchmark = replace(BENCHMARK, finish=finished.append)
    settings = CountSettings(count=0, json=tmp_path / "rows.json")
    with pytest.raises(BenchError, match="nothing was measured"):
        run_benchmark(benchmark, settings)
    assert json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))["gaps"] == [
        {"number": 0, "reason": "too large"}
    ]
    assert not finished
    run_benchmark(replace(benchmark, may_be_empty=True), settings)
    assert len(finished) == 1
