"""`narrowcast receive` that writes down what it shows: one JSON line more for each picture (see shown.py)."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from narrowcast.benchmark.shown import ShownFrame, ShownLog
from narrowcast.receiver.__main__ import config_from, make_parser
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.terminal import JsonReporter, run_command
from narrowcast.sender.sources.test_pattern import read_frame_number

if TYPE_CHECKING:
    from narrowcast.receiver.frame import DecodedFrame


def main(argv: Sequence[str] | None = None) -> int:
    """Run the receiver; returns the exit status."""
    parser = make_parser()
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="keep a picture a second there")
    arguments = parser.parse_args(argv)
    return run_command(lambda: _receive(arguments))


def _receive(arguments: Namespace) -> None:
    from narrowcast.receiver.pipeline import ReceiverPipeline

    log = ShownLog(arguments.pictures)

    def note(decoded: DecodedFrame) -> None:
        log.add(decoded.rgb, shown_now(decoded))

    ReceiverPipeline(config_from(arguments), JsonReporter(), StopSignal(), on_shown=note).run()


def shown_now(decoded: DecodedFrame) -> ShownFrame:
    """Describe a picture that has just been shown."""
    shown_us = now_us()
    frame, capture_us = decoded.arrived, decoded.capture_local_us
    sent_us = None if capture_us is None else capture_us + frame.send_sender_us - frame.capture_sender_us
    return ShownFrame(
        capture_sender_us=frame.capture_sender_us,
        shown_us=shown_us,
        number=read_frame_number(decoded.rgb),
        capture_us=capture_us,
        wait_us=frame.send_sender_us - frame.encode_us - frame.capture_sender_us,
        encode_us=frame.encode_us,
        sent_us=sent_us,
        receive_us=frame.arrival_local_us,
        decode_us=decoded.decode_us,
    )


if __name__ == "__main__":
    sys.exit(main())
