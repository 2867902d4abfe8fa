"""`narrowcast receive`, with one JSON line more for each picture: when it was shown, and how old it was."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from receiver.__main__ import config_from, expected_errors, make_parser
from runtime.clock import now_us
from runtime.signals import StopSignal
from runtime.terminal import JsonReporter, run_command

if TYPE_CHECKING:
    from receiver.decoding import DecodedFrame


def main(argv: Sequence[str] | None = None) -> int:
    """Run the receiver; returns the exit status."""
    arguments = make_parser().parse_args(argv)
    return run_command(lambda: _receive(arguments), expected_errors)


def _receive(arguments: Namespace) -> None:
    from receiver.pipeline import ReceiverPipeline

    ReceiverPipeline(config_from(arguments), JsonReporter(), StopSignal(), on_shown=_tell).run()


def _tell(decoded: DecodedFrame) -> None:
    shown_us = now_us()
    age_us = None if decoded.capture_us is None else shown_us - decoded.capture_us
    keyframe = decoded.arrived.frame.keyframe
    # Written at once: this process may be killed at any time.
    print(json.dumps({"event": "shown", "at_us": shown_us, "age_us": age_us, "key": keyframe}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
