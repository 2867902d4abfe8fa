"""`narrowcast bench speed`: a frame's stages, start and memory, for narrowcast and its peers."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.checks import split_counts, split_names
from benchmark.commands import add_file_arguments, run_shown, write_files
from benchmark.progress import table_console
from runtime.common_settings import parse_size
from runtime.terminal import OneLineParser

if TYPE_CHECKING:
    from benchmark.speed.config import SpeedConfig
    from benchmark.speed.results import SpeedResults


def add_arguments(parser: OneLineParser) -> None:
    """Declare the command line."""
    parser.add_argument("--clip", type=Path, metavar="CLIP", help="what is coded (default: the bundled clip)")
    parser.add_argument(
        "--codecs", metavar="LIST", help="gan,hybrid,jpeg,webp,avif,x264,x265,svt-av1,vp9 (default: all)"
    )
    parser.add_argument(
        "--sizes",
        default="320x180,640x360,1280x720,1920x1080",
        metavar="LIST",
        help="sizes (default 320x180,640x360,1280x720,1920x1080)",
    )
    parser.add_argument(
        "--backends",
        metavar="LIST",
        help="of gan and hybrid: openvino,torch,cuda (default: those that are here)",
    )
    parser.add_argument("--threads", metavar="LIST", help="CPU threads (default: 1 and all)")
    parser.add_argument(
        "--frames", type=int, default=30, help="of each; with over 100, memory's growth too (default 30)"
    )
    parser.add_argument("--quality", type=float, default=0.5, help="of narrowcast's codecs (default 0.5)")
    add_file_arguments(parser, drawing="draw bars")


def run(arguments: Namespace) -> None:
    """Measure, then show; an interrupted run shows and keeps what it has."""
    from benchmark.speed.run import SpeedRun

    config = config_from(arguments)
    measurement = run_shown(lambda listener: SpeedRun(config, listener), plot=config.plot)
    _show(measurement.results)
    _write(config, measurement.results)


def config_from(arguments: Namespace) -> SpeedConfig:
    """The checked configuration that the arguments describe."""
    from benchmark.speed.case import SPEED_CODECS
    from benchmark.speed.config import SpeedConfig

    cores = os.cpu_count() or 1
    return SpeedConfig(
        clip=arguments.clip,
        codecs=SPEED_CODECS if arguments.codecs is None else split_names(arguments.codecs),
        sizes=tuple(parse_size(size) for size in split_names(arguments.sizes)),
        backends=_present_backends() if arguments.backends is None else split_names(arguments.backends),
        threads=split_counts("threads", arguments.threads or f"1,{cores}"),
        frames=arguments.frames,
        quality=arguments.quality,
        json=arguments.json,
        plot=arguments.plot,
    )


def _present_backends() -> tuple[str, ...]:
    import torch

    return ("openvino", "torch", *(("cuda",) if torch.cuda.is_available() else ()))


def _show(results: SpeedResults) -> None:
    from benchmark.speed.tables import size_table, stages_table, start_table

    console = table_console()
    for size in results.sizes():
        console.print(size_table(results, size))
    if any(row.case.backend for row in results.rows):
        console.print(stages_table(results))
        console.print(start_table(results))


def _write(config: SpeedConfig, results: SpeedResults) -> None:
    """Write what was asked for, as far as there is anything."""
    from benchmark.speed.plot import plot_speed

    write_files(
        results,
        found=bool(results.rows),
        json=config.json,
        plot=config.plot,
        draw=lambda path: plot_speed(results, path),
    )
