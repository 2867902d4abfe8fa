"""`narrowcast bench latency`: capture to display, measured twice, between two processes on this machine."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from benchmark.checks import split_names
from benchmark.commands import add_file_arguments, add_stream_arguments, run_shown, stream_from, write_files
from benchmark.progress import table_console
from runtime.terminal import OneLineParser

if TYPE_CHECKING:
    from benchmark.latency.config import LatencyConfig
    from benchmark.latency.results import LatencyResults


def add_arguments(parser: OneLineParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "--codecs", default="gan,jpeg", metavar="LIST", help="any that `send` knows (default gan,jpeg)"
    )
    add_stream_arguments(parser)
    parser.add_argument("--max-kbps", type=float, default=0.0, help="cap on the bitrate (default: none)")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each runs (default 10)")
    parser.add_argument("--window", action="store_true", help="show the picture, where there is a display")
    add_file_arguments(parser, drawing="draw histograms")


def run(arguments: Namespace) -> None:
    """Measure, then show; an interrupted run shows and keeps what it has."""
    from benchmark.latency.run import LatencyRun

    config = config_from(arguments)
    measurement = run_shown(lambda listener: LatencyRun(config, listener), plot=config.plot)
    _show(measurement.results)
    _write(config, measurement.results)


def config_from(arguments: Namespace) -> LatencyConfig:
    """The checked configuration that the arguments describe."""
    from benchmark.latency.config import LatencyConfig

    return LatencyConfig(
        codecs=split_names(arguments.codecs),
        stream=stream_from(arguments),
        max_kbps=arguments.max_kbps,
        seconds=arguments.seconds,
        window=arguments.window,
        json=arguments.json,
        plot=arguments.plot,
    )


def _show(results: LatencyResults) -> None:
    from benchmark.latency.tables import agreement_text, histogram_table, latency_table

    console = table_console()
    for row in results.rows:
        console.print(latency_table(row))
        console.print(histogram_table(row))
        console.print(agreement_text(row), soft_wrap=True)


def _write(config: LatencyConfig, results: LatencyResults) -> None:
    """Write what was asked for, as far as there is anything."""
    from benchmark.latency.plot import plot_latency

    write_files(
        results,
        found=bool(results.rows),
        json=config.json,
        plot=config.plot,
        draw=lambda path: plot_latency(results.rows, path),
    )
