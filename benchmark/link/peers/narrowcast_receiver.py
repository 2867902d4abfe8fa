"""`narrowcast receive` that also writes down what it showed; the sender is `narrowcast send` itself."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.link.peers.shown_log import ShownLog
from receiver.__main__ import config_from, make_parser
from runtime.signals import StopSignal
from runtime.terminal import JsonReporter, run_command

if TYPE_CHECKING:
    from receiver.decoding import DecodedFrame


def main(argv: Sequence[str] | None = None) -> int:
    """Run a receiver; returns the exit status."""
    parser = make_parser()
    parser.add_argument("--pictures", type=Path, default=Path(), metavar="DIR", help="where to keep some")
    arguments = parser.parse_args(argv)
    return run_command(lambda: _receive(arguments), _expected_errors)


def _receive(arguments: Namespace) -> None:
    from receiver.pipeline import ReceiverPipeline

    log = ShownLog(arguments.pictures)

    def note(decoded: DecodedFrame) -> None:
        # The sender's clock is ours: both ends run on this machine.
        log.shown(decoded.rgb, decoded.arrived.capture_sender_us)

    ReceiverPipeline(config_from(arguments), JsonReporter(), StopSignal(), on_shown=note).run()


def _expected_errors() -> tuple[type[Exception], ...]:
    from codec import CodecError
    from protocol import TransportError

    return (CodecError, TransportError)


if __name__ == "__main__":
    sys.exit(main())
