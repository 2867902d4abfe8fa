"""The command line of the benchmarks: `narrowcast bench`, or `python -m narrowcast.benchmark`."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from importlib import import_module
from typing import Any

from narrowcast.benchmark.benchmark import Benchmark, run_benchmark
from narrowcast.runtime.settings import make_settings
from narrowcast.runtime.settings_parser import SettingsParser
from narrowcast.runtime.terminal import OneLineParser, run_command

BENCHMARKS = {
    "rd": "rate against quality, for narrowcast and its peers",
    "speed": "time for each stage of a frame, and memory, for narrowcast and its peers",
    "codec": "exactness between backends, a still camera, and what inter frames cost",
    "latency": "capture to display, between two processes on this machine",
    "link": "narrowcast and its peers over thin links",
    "browser": "the sender's page in Chromium, which decodes and paints by itself",
    "fanout": "one sender and many receivers: what each more costs",
    "fabric": "cameras through a relay and a server to many viewers",
    "wall": "recorded cameras through workers to the wall's page in Chromium",
}
"What each benchmark measures, by name; the folder of that name describes it as BENCHMARK in benchmark.py."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark that the first argument names; returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = make_parser(words[:1]).parse_args(words)

    def run() -> None:
        benchmark = load(arguments.benchmark)
        run_benchmark(benchmark, make_settings(benchmark.settings, arguments))

    return run_command(run)


def make_parser(asked: Collection[str] = tuple(BENCHMARKS)) -> OneLineParser:
    """The arguments of the command; those of the benchmarks in `asked` alone, for some bring torch."""
    parser = OneLineParser(prog="narrowcast bench", description="Measure narrowcast and its peers.")
    commands = parser.add_subparsers(
        metavar="BENCHMARK", dest="benchmark", required=True, parser_class=SettingsParser
    )
    for name, purpose in BENCHMARKS.items():
        settings = (load(name).settings,) if name in asked else ()
        commands.add_parser(name, help=purpose, settings=settings)
    return parser


def load(name: str) -> Benchmark[Any]:
    """Import the description of a benchmark."""
    found: Benchmark[Any] = import_module(f"narrowcast.benchmark.{name}.benchmark").BENCHMARK
    return found


if __name__ == "__main__":
    sys.exit(main())
