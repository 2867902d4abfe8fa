"""What a benchmark is, and one run of it: settings in, rows out, then tables, JSON and a plot."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from narrowcast.benchmark.plots import Plot, draw_plot, load_pyplot
from narrowcast.benchmark.progress import Listener
from narrowcast.benchmark.results import Gap, Results, json_gaps, json_rows, write_json
from narrowcast.benchmark.settings import BenchmarkSettings, PlotSettings
from narrowcast.benchmark.tables import TableView, show
from narrowcast.errors import BenchError

INTERRUPTED = "interrupted; these are the rows so far"

SettingsT = TypeVar("SettingsT", bound=BenchmarkSettings)


@dataclass(frozen=True, kw_only=True)
class Benchmark(Generic[SettingsT]):
    """One benchmark: what it can be told, how it measures, and how that is shown."""

    settings: type[SettingsT]
    "frozen dataclass whose fields are the command's arguments"
    measure: Callable[[SettingsT, Listener], Generator[object, None, None]]
    "yields rows, gaps and facts about the run as they are found; KeyboardInterrupt ends it early"
    row: type[Any]
    "class of the rows; a run that found none fails"
    tables: Callable[[Results[SettingsT]], Iterable[TableView | str]]
    "what is printed at the end"
    content: Callable[[Results[SettingsT]], Mapping[str, object]] | None = None
    "what the JSON file holds beside the machine; None for the rows and the gaps"
    plot: Callable[[Results[SettingsT]], Plot] | None = None
    "drawn where the settings name a file for it"
    finish: Callable[[Results[SettingsT]], None] = lambda results: None
    "writes further files, and raises where the results are not as they have to be"
    may_be_empty: bool = False
    "whether a run that found no row is a result too"

    def write_json(self, results: Results[SettingsT]) -> None:
        """Bring the JSON file up to date, where the settings name one."""
        if results.settings.json is None:
            return
        content: Mapping[str, object] = {
            "rows": json_rows(results.of(self.row)),
            "gaps": json_gaps(results.of(Gap)),
        }
        write_json(results.settings.json, content if self.content is None else self.content(results))


def measured(benchmark: Benchmark[SettingsT], settings: SettingsT, listener: Listener) -> Results[SettingsT]:
    """Measure, and keep the JSON file up to date; an interrupt leaves what was measured before."""
    results: Results[SettingsT] = Results(settings=settings)
    try:
        with closing(benchmark.measure(settings, listener)) as outcomes:
            for outcome in outcomes:
                results.outcomes.append(outcome)
                if isinstance(outcome, Gap) and outcome.label:
                    listener.notice(f"{outcome.label}: {outcome.reason}")
                benchmark.write_json(results)
    except KeyboardInterrupt:
        listener.notice(INTERRUPTED)
    return results


def run_benchmark(benchmark: Benchmark[SettingsT], settings: SettingsT) -> None:
    """Measure behind a progress bar, print, and write the files; BenchError where nothing was measured."""
    plot_path = settings.plot if isinstance(settings, PlotSettings) else None
    if plot_path is not None:
        load_pyplot()  # before minutes of work, not after
    with Listener() as listener:
        results = measured(benchmark, settings, listener)
    found = bool(results.of(benchmark.row))
    if found or benchmark.may_be_empty:
        show(benchmark.tables(results))
    benchmark.write_json(results)
    if not found and not benchmark.may_be_empty:
        raise BenchError("nothing was measured")
    if found and plot_path is not None and benchmark.plot is not None:
        draw_plot(benchmark.plot(results), plot_path)
    benchmark.finish(results)
