"""The receiver of `narrowcast bench latency`: a receiver that notes when it showed which picture.

Takes the arguments of `narrowcast receive`, and writes one JSON line more at its end:
{"event": "shown", ...}.
"""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from benchmark.latency.frames import ShownFrame
from receiver.__main__ import config_from, expected_errors, make_parser
from runtime.clock import now_us
from runtime.signals import StopSignal
from runtime.terminal import JsonReporter, run_command
from sender.sources.test_pattern import read_frame_number

if TYPE_CHECKING:
    from receiver.decoding import DecodedFrame


class ShownLog:
    """Notes each picture as it is shown."""

    def __init__(self) -> None:
        self.frames: list[ShownFrame] = []

    def add(self, decoded: DecodedFrame) -> None:
        """A picture has been shown, just now."""
        shown_us = now_us()
        frame, capture_us = decoded.arrived, decoded.capture_local_us
        sent_us = None if capture_us is None else capture_us + frame.send_sender_us - frame.capture_sender_us
        self.frames.append(
            ShownFrame(
                number=read_frame_number(decoded.rgb),
                shown_us=shown_us,
                capture_us=capture_us,
                wait_us=frame.send_sender_us - frame.encode_us - frame.capture_sender_us,
                encode_us=frame.encode_us,
                sent_us=sent_us,
                receive_us=frame.arrival_local_us,
                decode_us=decoded.decode_us,
            )
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the receiver; returns the exit status."""
    arguments = make_parser().parse_args(argv)
    return run_command(lambda: _receive(arguments), expected_errors)


def _receive(arguments: Namespace) -> None:
    from receiver.pipeline import ReceiverPipeline

    config, log = config_from(arguments), ShownLog()
    try:
        ReceiverPipeline(config, JsonReporter(), StopSignal(), on_shown=log.add).run()
    finally:
        line = {"event": "shown", "frames": [asdict(frame) for frame in log.frames]}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    sys.exit(main())
