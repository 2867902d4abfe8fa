"""The command line of the benchmarks: `narrowcast bench`, or `python -m benchmark`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from benchmark.codec import command as codec_command
from benchmark.fanout import command as fanout_command
from benchmark.latency import command as latency_command
from benchmark.link import command as link_command
from benchmark.rd import command as rd_command
from benchmark.speed import command as speed_command
from narrowcast.errors import BenchError, ConfigError
from runtime.terminal import OneLineParser, run_command

_COMMANDS = {
    "rd": (rd_command, "rate against quality, for narrowcast and its peers"),
    "speed": (speed_command, "time for each stage of a frame, and memory, for narrowcast and its peers"),
    "codec": (codec_command, "exactness between backends, a still camera, and what inter frames cost"),
    "latency": (latency_command, "capture to display, between two processes on this machine"),
    "link": (link_command, "narrowcast and its peers over thin links"),
    "fanout": (fanout_command, "one sender and many receivers: what each more costs"),
}
"What each benchmark is called, where its arguments and its run live, and what it does."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark that the first argument names; returns the exit status."""
    arguments = make_parser().parse_args(argv)
    return run_command(lambda: arguments.run(arguments), _expected_errors)


def make_parser() -> OneLineParser:
    """The arguments of every benchmark."""
    parser = OneLineParser(prog="narrowcast bench", description="Measure narrowcast and its peers.")
    commands = parser.add_subparsers(metavar="BENCHMARK", required=True)
    for name, (command, purpose) in _COMMANDS.items():
        subparser = commands.add_parser(name, help=purpose)
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    return parser


def _expected_errors() -> tuple[type[Exception], ...]:
    from codec import CodecError

    return (BenchError, CodecError, ConfigError)


if __name__ == "__main__":
    sys.exit(main())
