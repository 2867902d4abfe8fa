"""`narrowcast bench link`: narrowcast and its peers over thin links, on the screen, as JSON and as curves."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.commands import (
    WEIGHTS_VARIABLE,
    add_file_arguments,
    add_weights_argument,
    run_shown,
    weights_from,
)
from runtime.terminal import OneLineParser
from sender.config import parse_size

if TYPE_CHECKING:
    from benchmark.link.config import LinkConfig
    from benchmark.link.run import LinkRun


def add_arguments(parser: OneLineParser) -> None:
    """Declare the command line."""
    parser.add_argument("clip", nargs="?", type=Path, metavar="CLIP", help="video (default: the bundled one)")
    parser.add_argument(
        "--rates", default="16,32,64,128,256", metavar="LIST", help="kbit/s (default 16,32,64,128,256)"
    )
    parser.add_argument(
        "--systems",
        metavar="LIST",
        help="narrowcast,narrowcast-told,imagezmq,netgear,x264 (default: all but narrowcast-told, "
        "which is narrowcast with --max-kbps set to the link's rate)",
    )
    parser.add_argument("--size", default="640x360", metavar="WxH", help="size (default 640x360)")
    parser.add_argument("--fps", type=float, default=15.0, help="frames a second (default 15)")
    parser.add_argument("--seconds", type=float, default=20.0, help="measured in each row (default 20)")
    parser.add_argument(
        "--settle", type=float, default=5.0, help="seconds after the first picture, not measured (default 5)"
    )
    parser.add_argument("--jpeg-quality", type=int, default=10, help="of the peers' JPEG (default 10)")
    link = parser.add_mutually_exclusive_group()
    link.add_argument(
        "--tunnel",
        dest="link",
        action="store_const",
        const="tunnel",
        default="bucket",
        help="packets that take their time, instead of tc's token bucket",
    )
    link.add_argument(
        "--proxy",
        dest="link",
        action="store_const",
        const="proxy",
        help="a proxy instead of namespaces: needs no root",
    )
    parser.add_argument("--delay-ms", type=float, default=0.0, help="each way, with --tunnel or --proxy")
    parser.add_argument("--jitter-ms", type=float, default=0.0, help="up to so much more, likewise")
    add_weights_argument(
        parser, f"folder of AlexNet and LPIPS weights (default ${WEIGHTS_VARIABLE}; PSNR alone without)"
    )
    add_file_arguments(parser)


def run(arguments: Namespace) -> None:
    """Measure, then show; an interrupted run shows and keeps what it has."""
    config = config_from(arguments)
    from benchmark.link.run import LinkRun

    measurement = run_shown(lambda listener: LinkRun(config, listener), plot=config.plot)
    _show(config, measurement)


def config_from(arguments: Namespace) -> LinkConfig:
    """The checked configuration that the arguments describe."""
    from benchmark.checks import split_names
    from benchmark.link.config import LinkConfig
    from benchmark.link.systems import DEFAULT_SYSTEMS

    width, height = parse_size(arguments.size)
    return LinkConfig(
        clip=arguments.clip,
        rates_kbps=_rates(arguments.rates),
        systems=DEFAULT_SYSTEMS if arguments.systems is None else split_names(arguments.systems),
        width=width,
        height=height,
        fps=arguments.fps,
        seconds=arguments.seconds,
        settle_s=arguments.settle,
        jpeg_quality=arguments.jpeg_quality,
        link=arguments.link,
        delay_ms=arguments.delay_ms,
        jitter_ms=arguments.jitter_ms,
        weights=weights_from(arguments),
        json=arguments.json,
        plot=arguments.plot,
    )


def _rates(text: str) -> tuple[float, ...]:
    """Read "16,32" as kbit/s."""
    from benchmark.checks import split_names
    from narrowcast.errors import ConfigError

    try:
        return tuple(float(name) for name in split_names(text))
    except ValueError as error:
        raise ConfigError(f"rates are {text!r}; write kbit/s, for example 32,64") from error


def _show(config: LinkConfig, measurement: LinkRun) -> None:
    """Show the table, and draw what was asked for as far as there is anything."""
    from benchmark.link.plot import plot_link
    from benchmark.link.tables import link_table
    from benchmark.progress import table_console

    results = measurement.results
    table_console().print(link_table(results))
    if config.json is not None:
        results.write_json(config.json)
    if config.plot is not None and any(results.rows_of(name) for name in config.systems):
        plot_link(results, config.plot)
