"""The command line of the doctor: `narrowcast doctor`, or `python -m doctor`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence

from doctor.finding import Finding, finding_line
from runtime.terminal import OneLineParser, run_command

DEFAULT_LISTEN = "tcp://*:5555"
EXIT_PROBLEM = 1


def main(argv: Sequence[str] | None = None) -> int:
    """Look at everything; returns 0 where all is well, 1 where something is not."""
    arguments = make_parser().parse_args(argv)
    findings: list[Finding] = []
    status = run_command(lambda: _examine(arguments, findings))
    return status or (EXIT_PROBLEM if any(not finding.ok for finding in findings) else 0)


def make_parser() -> OneLineParser:
    """The arguments of the command."""
    parser = OneLineParser(
        prog="narrowcast doctor",
        description="Look whether this machine can send and receive: one line for each thing, with a fix.",
    )
    parser.add_argument(
        "source", nargs="?", default="0", help="what is to be sent, as for send (default: camera 0)"
    )
    parser.add_argument("--listen", metavar="URL", default=DEFAULT_LISTEN, help=f"default {DEFAULT_LISTEN}")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda (default auto)")
    return parser


def _examine(arguments: Namespace, findings: list[Finding]) -> None:
    """Print each finding as soon as it is there."""
    for check in _checks(arguments):
        finding = check()
        findings.append(finding)
        print(finding_line(finding), flush=True)


def _checks(arguments: Namespace) -> list[Callable[[], Finding]]:
    """Imported here: they bring the codec, which would make --help slow."""
    from doctor import checks, speed
    from runtime.key_store import KeyStore

    return [
        lambda: checks.check_camera(arguments.source),
        lambda: checks.check_port(arguments.listen),
        lambda: checks.check_keys(KeyStore()),
        checks.check_model,
        checks.check_clock,
        lambda: checks.check_backend(arguments.device),
        lambda: speed.check_speed(arguments.device),
    ]


if __name__ == "__main__":
    sys.exit(main())
