"""`narrowcast bench codec`: is the codec exact, what does stillness cost, and what do inter frames."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from benchmark.progress import table_console
from runtime.terminal import OneLineParser
from sender.config import parse_size

if TYPE_CHECKING:
    from benchmark.codec.config import CodecBenchConfig


def add_arguments(parser: OneLineParser) -> None:
    """Declare the command line."""
    parser.add_argument("clips", nargs="+", type=Path, metavar="CLIP", help="clip or a folder of them")
    parser.add_argument(
        "--photo",
        type=Path,
        metavar="FILE",
        help="for the static camera (default: the first clip's first frame)",
    )
    parser.add_argument(
        "--size", default="640x360", metavar="WxH", help="size of the stream (default 640x360)"
    )
    parser.add_argument("--fps", type=float, default=15.0, help="frames a second (default 15)")
    parser.add_argument(
        "--frames", type=int, default=300, help="of footage and of the static camera (default 300)"
    )
    parser.add_argument("--clip-frames", type=int, default=40, help="of each clip, at most (default 40)")
    parser.add_argument("--quality", type=float, default=0.3, help="0 to 1 (default 0.3)")
    parser.add_argument("--noise", type=float, default=2.0, help="sigma of the sensor noise (default 2)")
    parser.add_argument(
        "--threads", type=int, default=min(2, os.cpu_count() or 1), help="CPU threads (default: 2)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")


def run(arguments: Namespace) -> None:
    """Measure, show, write; an error where the codec is not exact here."""
    from benchmark.codec.run import run_codec_bench
    from narrowcast.errors import BenchError

    config = config_from(arguments)
    progress = Console(stderr=True, highlight=False)
    results = run_codec_bench(config, lambda text: progress.print(f"narrowcast: {text}", markup=False))
    console = table_console()
    for table in results.tables():
        console.print(table)
    if config.json is not None:
        results.write_json(config.json)
    if not results.exact:
        raise BenchError("the histories differ: these backends cannot talk to each other; please report this")


def config_from(arguments: Namespace) -> CodecBenchConfig:
    """The checked configuration that the arguments describe."""
    from benchmark.codec.config import CodecBenchConfig

    width, height = parse_size(arguments.size)
    return CodecBenchConfig(
        clips=tuple(arguments.clips),
        photo=arguments.photo,
        width=width,
        height=height,
        fps=arguments.fps,
        frames=arguments.frames,
        clip_frames=arguments.clip_frames,
        quality=arguments.quality,
        noise=arguments.noise,
        threads=arguments.threads,
        json=arguments.json,
    )
