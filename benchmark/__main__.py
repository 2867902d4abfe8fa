"""The command line of the benchmarks: `narrowcast bench`, or `python -m benchmark`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from benchmark import rd_command
from benchmark.errors import BenchError
from runtime.terminal import OneLineParser, run_command
from sender.config import ConfigError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark that the first argument names; returns the exit status."""
    arguments = make_parser().parse_args(argv)
    return run_command(lambda: arguments.run(arguments), _expected_errors)


def make_parser() -> OneLineParser:
    """The arguments of every benchmark."""
    parser = OneLineParser(prog="narrowcast bench", description="Measure narrowcast and its peers.")
    commands = parser.add_subparsers(metavar="BENCHMARK", required=True)
    rate_distortion = commands.add_parser("rd", help="rate against quality, for narrowcast and its peers")
    rd_command.add_arguments(rate_distortion)
    rate_distortion.set_defaults(run=rd_command.run)
    return parser


def _expected_errors() -> tuple[type[Exception], ...]:
    from codec import CodecError

    return (BenchError, CodecError, ConfigError)


if __name__ == "__main__":
    sys.exit(main())
