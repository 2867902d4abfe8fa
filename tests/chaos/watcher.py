"""`narrowcast receive`, with one JSON line more for each picture: when it was shown, and how old it was.

With --judge WIDTHxHEIGHT every 30th line says too how close the picture is to the demo clip.
"""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from narrowcast.receiver.__main__ import config_from, make_parser
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.common_settings import parse_size
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.terminal import JsonReporter, run_command
from tests.chaos.fidelity import demo_fidelity

if TYPE_CHECKING:
    from narrowcast.receiver.frame import DecodedFrame


JUDGED_EVERY = 30


def main(argv: Sequence[str] | None = None) -> int:
    """Run the receiver; returns the exit status."""
    parser = make_parser()
    parser.add_argument("--judge", metavar="WIDTHxHEIGHT")
    arguments = parser.parse_args(argv)
    return run_command(lambda: _receive(arguments))


def _receive(arguments: Namespace) -> None:
    from narrowcast.receiver.pipeline import ReceiverPipeline

    watcher = Watcher(parse_size(arguments.judge) if arguments.judge else None)
    ReceiverPipeline(config_from(arguments), JsonReporter(), StopSignal(), on_shown=watcher.tell).run()


class Watcher:
    """Writes a line for each picture that is shown."""

    def __init__(self, judged_size: tuple[int, int] | None) -> None:
        self._fidelity = demo_fidelity(*judged_size) if judged_size else None
        self._count = 0

    def tell(self, decoded: DecodedFrame) -> None:
        """Write the line of one picture."""
        shown_us = now_us()
        age_us = None if decoded.capture_local_us is None else shown_us - decoded.capture_local_us
        line = {"event": "shown", "at_us": shown_us, "age_us": age_us}
        self._count += 1
        if self._fidelity is not None and self._count % JUDGED_EVERY == 0:
            line["psnr"] = round(self._fidelity.psnr(decoded.rgb), 3)
        # Written at once: this process may be killed at any time.
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    sys.exit(main())
