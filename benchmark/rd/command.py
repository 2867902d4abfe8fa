"""`narrowcast bench rd`: rate against quality, on the screen, as JSON, as curves and as a contact sheet."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.checks import split_names
from benchmark.commands import (
    WEIGHTS_VARIABLE,
    add_file_arguments,
    add_weights_argument,
    run_shown,
    weights_from,
    write_files,
)
from benchmark.progress import table_console
from runtime.common_settings import parse_size
from runtime.terminal import OneLineParser

if TYPE_CHECKING:
    from benchmark.rd.config import RdConfig
    from benchmark.rd.results import RdResults
    from benchmark.rd.run import RdRun


def add_arguments(parser: OneLineParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "clips", nargs="+", type=Path, metavar="CLIP", help="clip, picture or a folder of them"
    )
    parser.add_argument(
        "--codecs", metavar="LIST", help="gan,jpeg,webp,avif,x264,x265,svt-av1,vp9 (default: all)"
    )
    parser.add_argument(
        "--metrics",
        metavar="LIST",
        help="psnr,ms_ssim,lpips_alex,lpips_vgg,dists (default: all but lpips_vgg)",
    )
    parser.add_argument(
        "--temporal",
        action="store_true",
        help="LPIPS between consecutive frames too, where the source stands still, over the source's own",
    )
    parser.add_argument(
        "--size", default="640x360", metavar="WxH", help="size of the stream (default 640x360)"
    )
    parser.add_argument("--fps", type=float, default=15.0, help="frames a second (default 15)")
    parser.add_argument("--frames", type=int, default=40, help="frames of each clip, at most (default 40)")
    parser.add_argument(
        "--every",
        type=int,
        default=5,
        help="score one frame in so many, an odd number; with VGG16 a third of these (default 5)",
    )
    add_weights_argument(
        parser, f"folder of AlexNet, VGG16, LPIPS and DISTS weights (default ${WEIGHTS_VARIABLE})"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default auto)")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="CPU threads (default: all)")
    add_file_arguments(parser)
    parser.add_argument("--sheet", type=Path, metavar="FILE.png", help="put source and codecs side by side")
    parser.add_argument("--kbps", type=float, default=60.0, help="rate of the sheet's pictures (default 60)")


def run(arguments: Namespace) -> None:
    """Measure, then show; an interrupted run shows and keeps what it has."""
    from benchmark.rd.run import RdRun

    config = config_from(arguments)
    measurement = run_shown(lambda listener: RdRun(config, listener), plot=config.plot)
    _show(measurement.results)
    _write(config, measurement)


def config_from(arguments: Namespace) -> RdConfig:
    """The checked configuration that the arguments describe."""
    from benchmark.peers.catalogue import DEFAULT_PEERS
    from benchmark.rd.config import DEFAULT_METRICS, RdConfig

    width, height = parse_size(arguments.size)
    return RdConfig(
        paths=tuple(arguments.clips),
        codecs=DEFAULT_PEERS if arguments.codecs is None else split_names(arguments.codecs),
        metrics=DEFAULT_METRICS if arguments.metrics is None else split_names(arguments.metrics),
        temporal=arguments.temporal,
        width=width,
        height=height,
        fps=arguments.fps,
        frames=arguments.frames,
        every=arguments.every,
        weights=weights_from(arguments),
        device=arguments.device,
        threads=arguments.threads,
        json=arguments.json,
        plot=arguments.plot,
        sheet=arguments.sheet,
        sheet_kbps=arguments.kbps,
    )


def _show(results: RdResults) -> None:
    from benchmark.rd.results import MEAN
    from benchmark.rd.tables import bd_table, clip_table

    console = table_console()
    clips = results.clips()
    for clip in [*clips, MEAN] if len(clips) > 1 else clips:
        console.print(clip_table(results, clip))
    if clips and len(results.codecs) > 1:
        for test in results.tests():
            console.print(bd_table(results, test))


def _write(config: RdConfig, measurement: RdRun) -> None:
    """Write what was asked for, as far as there is anything."""
    from benchmark.rd.contact_sheet import write_sheet
    from benchmark.rd.plot import plot_rate_distortion

    results = measurement.results
    write_files(
        results,
        found=bool(results.points),
        json=config.json,
        plot=config.plot,
        draw=lambda path: plot_rate_distortion(results, path),
    )
    if config.sheet is not None and measurement.sheet:
        write_sheet(config.sheet, measurement.sheet)
