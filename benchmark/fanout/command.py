"""`narrowcast bench fanout`: one sender, more and more receivers, all on this machine."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from benchmark.checks import split_counts
from benchmark.commands import add_file_arguments, add_stream_arguments, run_shown, stream_from, write_files
from benchmark.progress import table_console
from runtime.terminal import OneLineParser
from sender.config import DEFAULT_CODEC

if TYPE_CHECKING:
    from benchmark.fanout.config import FanoutConfig
    from benchmark.fanout.results import FanoutResults


def add_arguments(parser: OneLineParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "--receivers", default="1,2,4,8,16,32", metavar="LIST", help="how many (default 1,2,4,8,16,32)"
    )
    parser.add_argument("--source", default="demo:", help="what is sent, in a loop (default demo:)")
    parser.add_argument("--codec", default=DEFAULT_CODEC, help="any that `send` knows")
    add_stream_arguments(parser)
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each is measured (default 8)")
    add_file_arguments(parser)


def run(arguments: Namespace) -> None:
    """Measure, then show; an interrupted run shows and keeps what it has."""
    from benchmark.fanout.run import FanoutRun

    config = config_from(arguments)
    measurement = run_shown(lambda listener: FanoutRun(config, listener), plot=config.plot)
    _show(config, measurement.results)
    _write(config, measurement.results)


def config_from(arguments: Namespace) -> FanoutConfig:
    """The checked configuration that the arguments describe."""
    from benchmark.fanout.config import FanoutConfig

    return FanoutConfig(
        receivers=split_counts("receivers", arguments.receivers),
        source=arguments.source,
        codec=arguments.codec,
        stream=stream_from(arguments),
        seconds=arguments.seconds,
        json=arguments.json,
        plot=arguments.plot,
    )


def _show(config: FanoutConfig, results: FanoutResults) -> None:
    from benchmark.fanout.tables import fanout_table, target_text

    if results.rows:
        console = table_console()
        console.print(fanout_table(config, results))
        console.print(target_text(results), soft_wrap=True)


def _write(config: FanoutConfig, results: FanoutResults) -> None:
    """Write what was asked for, as far as there is anything."""
    from benchmark.fanout.plot import plot_fanout

    write_files(
        results,
        found=bool(results.rows),
        json=config.json,
        plot=config.plot,
        draw=lambda path: plot_fanout(results.rows, path),
    )
