"""`narrowcast bench latency`: capture to display, measured twice, between two processes on this machine."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.terminal import OneLineParser
from sender.config import parse_size

from ..checks import split_names
from ..progress import TerminalListener, table_console

if TYPE_CHECKING:
    from .config import LatencyConfig
    from .results import LatencyResults


def add_arguments(parser: OneLineParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "--codecs", default="gan,jpeg", metavar="LIST", help="any that `send` knows (default gan,jpeg)"
    )
    parser.add_argument("--size", default="640x360", metavar="WxH", help="size (default 640x360)")
    parser.add_argument("--fps", type=float, default=15.0, help="frames a second (default 15)")
    parser.add_argument("--quality", type=float, default=0.5, help="0 (fewest bits) to 1 (best; default 0.5)")
    parser.add_argument("--max-kbps", type=float, default=0.0, help="cap on the bitrate (default: none)")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each runs (default 10)")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default auto)")
    parser.add_argument("--threads", type=int, help="CPU threads of the codec, in each process")
    parser.add_argument("--window", action="store_true", help="show the picture, where there is a display")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there, while they come")
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="draw histograms (needs matplotlib)")


def run(arguments: Namespace) -> None:
    """Measure, then show; an interrupted run shows and keeps what it has."""
    from ..output_files import load_pyplot
    from .run import LatencyRun

    config = config_from(arguments)
    if config.plot is not None:
        load_pyplot()  # before the work, not after
    with TerminalListener() as listener:
        measurement = LatencyRun(config, listener)
        measurement.run()
    _show(measurement.results)
    _write(config, measurement.results)


def config_from(arguments: Namespace) -> LatencyConfig:
    """The checked configuration that the arguments describe."""
    from .config import LatencyConfig

    width, height = parse_size(arguments.size)
    return LatencyConfig(
        codecs=split_names(arguments.codecs),
        width=width,
        height=height,
        fps=arguments.fps,
        quality=arguments.quality,
        max_kbps=arguments.max_kbps,
        seconds=arguments.seconds,
        device=arguments.device,
        threads=arguments.threads,
        window=arguments.window,
        json=arguments.json,
        plot=arguments.plot,
    )


def _show(results: LatencyResults) -> None:
    from .tables import agreement_text, histogram_table, latency_table

    console = table_console()
    for row in results.rows:
        console.print(latency_table(row))
        console.print(histogram_table(row))
        console.print(agreement_text(row), soft_wrap=True)


def _write(config: LatencyConfig, results: LatencyResults) -> None:
    """Write what was asked for, as far as there is anything."""
    from ..errors import BenchError
    from .plot import plot_latency

    if config.json is not None:
        results.write_json(config.json)
    if not results.rows:
        raise BenchError("nothing was measured")
    if config.plot is not None:
        plot_latency(results.rows, config.plot)
