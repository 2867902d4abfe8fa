"""The sender of `narrowcast bench browser`: the usual one, with a token that the benchmark knows."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace

from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.terminal import JsonReporter, run_command
from narrowcast.sender.__main__ import config_from, make_parser

TOKEN = "benchmark"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the sender; returns the exit status."""
    arguments = make_parser().parse_args(argv)
    return run_command(lambda: _send(arguments))


def _send(arguments: Namespace) -> None:
    from narrowcast.sender.pipeline import SenderPipeline

    config = config_from(arguments)
    if config.web is not None and config.web.token:
        config = replace(config, web=replace(config.web, token=TOKEN))
    SenderPipeline(config, JsonReporter(), StopSignal()).run()


if __name__ == "__main__":
    sys.exit(main())
