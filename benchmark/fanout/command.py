"""`narrowcast bench fanout`: one sender, more and more receivers, all on this machine."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.terminal import OneLineParser
from sender.config import DEFAULT_CODEC, parse_size

from ..checks import split_counts
from ..progress import TerminalListener, table_console

if TYPE_CHECKING:
    from .config import FanoutConfig
    from .results import FanoutResults


def add_arguments(parser: OneLineParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "--receivers", default="1,2,4,8,16,32", metavar="LIST", help="how many (default 1,2,4,8,16,32)"
    )
    parser.add_argument("--source", default="demo:", help="what is sent, in a loop (default demo:)")
    parser.add_argument("--codec", default=DEFAULT_CODEC, help="any that `send` knows")
    parser.add_argument("--size", default="640x360", metavar="WxH", help="size (default 640x360)")
    parser.add_argument("--fps", type=float, default=15.0, help="frames a second (default 15)")
    parser.add_argument("--quality", type=float, default=0.5, help="0 (fewest bits) to 1 (best; default 0.5)")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each is measured (default 8)")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default auto)")
    parser.add_argument("--threads", type=int, help="CPU threads of the codec, in each process")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there, while they come")
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="draw the curves (needs matplotlib)")


def run(arguments: Namespace) -> None:
    """Measure, then show; an interrupted run shows and keeps what it has."""
    from ..output_files import load_pyplot
    from .run import FanoutRun

    config = config_from(arguments)
    if config.plot is not None:
        load_pyplot()  # before the work, not after
    with TerminalListener() as listener:
        measurement = FanoutRun(config, listener)
        measurement.run()
    _show(config, measurement.results)
    _write(config, measurement.results)


def config_from(arguments: Namespace) -> FanoutConfig:
    """The checked configuration that the arguments describe."""
    from .config import FanoutConfig

    width, height = parse_size(arguments.size)
    return FanoutConfig(
        receivers=split_counts("receivers", arguments.receivers),
        source=arguments.source,
        codec=arguments.codec,
        width=width,
        height=height,
        fps=arguments.fps,
        quality=arguments.quality,
        seconds=arguments.seconds,
        device=arguments.device,
        threads=arguments.threads,
        json=arguments.json,
        plot=arguments.plot,
    )


def _show(config: FanoutConfig, results: FanoutResults) -> None:
    from .tables import fanout_table, target_text

    if results.rows:
        console = table_console()
        console.print(fanout_table(config, results))
        console.print(target_text(results), soft_wrap=True)


def _write(config: FanoutConfig, results: FanoutResults) -> None:
    """Write what was asked for, as far as there is anything."""
    from ..errors import BenchError
    from .plot import plot_fanout

    if config.json is not None:
        results.write_json(config.json)
    if not results.rows:
        raise BenchError("nothing was measured")
    if config.plot is not None:
        plot_fanout(results.rows, config.plot)
