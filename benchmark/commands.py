"""What the benchmarks' commands have in common: arguments, the run behind a progress bar, the files."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from benchmark.output_files import load_pyplot
from benchmark.progress import INTERRUPTED, Listener, TerminalListener
from benchmark.stream_settings import StreamSettings
from narrowcast.errors import BenchError
from sender.config import parse_size

WEIGHTS_VARIABLE = "NARROWCAST_BENCH_WEIGHTS"
"""Names the folder of metric weights where --weights does not."""


class Measurement(Protocol):
    """What a command runs."""

    def run(self) -> None:
        """Measure everything; an interrupt leaves what was measured before."""
        ...


class Results(Protocol):
    """What a measurement has found so far."""

    def write_json(self, path: Path) -> None:
        """Replace the file by what there is."""
        ...


MeasurementT = TypeVar("MeasurementT", bound=Measurement)


def add_stream_arguments(parser: ArgumentParser) -> None:
    """Declare what StreamSettings holds."""
    parser.add_argument("--size", default="640x360", metavar="WxH", help="size (default 640x360)")
    parser.add_argument("--fps", type=float, default=15.0, help="frames a second (default 15)")
    parser.add_argument("--quality", type=float, default=0.5, help="0 (fewest bits) to 1 (best; default 0.5)")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default auto)")
    parser.add_argument("--threads", type=int, help="CPU threads of the codec, in each process")


def stream_from(arguments: Namespace) -> StreamSettings:
    """The checked settings of the stream that is measured."""
    width, height = parse_size(arguments.size)
    return StreamSettings(
        width=width,
        height=height,
        fps=arguments.fps,
        quality=arguments.quality,
        device=arguments.device,
        threads=arguments.threads,
    )


def add_weights_argument(parser: ArgumentParser, about: str) -> None:
    """Declare where the metrics' weights lie."""
    parser.add_argument("--weights", type=Path, metavar="DIR", help=about)


def weights_from(arguments: Namespace) -> Path | None:
    """The folder of the metrics' weights: the argument, or the environment's."""
    folder = arguments.weights or os.environ.get(WEIGHTS_VARIABLE)
    return Path(folder) if folder else None


def add_file_arguments(parser: ArgumentParser, *, drawing: str = "draw the curves") -> None:
    """Declare the files that a measurement leaves."""
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there, while they come")
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help=f"{drawing} (needs matplotlib)")


def run_shown(make: Callable[[Listener], MeasurementT], *, plot: Path | None) -> MeasurementT:
    """Measure behind a progress bar; an interrupt leaves what was measured before."""
    if plot is not None:
        load_pyplot()  # before minutes of work, not after
    with TerminalListener() as listener:
        measurement = make(listener)
        try:
            measurement.run()
        except KeyboardInterrupt:
            listener.notice(INTERRUPTED)
    return measurement


def write_files(
    results: Results,
    *,
    found: bool,
    json: Path | None,
    plot: Path | None,
    draw: Callable[[Path], None],
) -> None:
    """Write what was asked for; BenchError where nothing was found, once JSON has told what is missing."""
    if json is not None:
        results.write_json(json)
    if not found:
        raise BenchError("nothing was measured")
    if plot is not None:
        draw(plot)
