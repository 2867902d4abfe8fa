"""The sender of `narrowcast bench latency`: sends the test pattern, and notes when each picture was drawn.

Takes the arguments of `narrowcast send`, and writes one JSON line more at its end:
{"event": "drawn", ...}.
"""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict

from narrowcast.benchmark.latency.frames import DrawnFrame
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.terminal import JsonReporter, run_command
from narrowcast.sender.__main__ import config_from, make_parser
from narrowcast.sender.config import SenderConfig
from narrowcast.sender.sources.feeds import PATTERN_FPS, PatternFeed
from narrowcast.sender.sources.fit import Picture
from narrowcast.sender.sources.playback import play
from narrowcast.sender.sources.source import Source
from narrowcast.sender.sources.source_clock import SourceClock
from narrowcast.sender.sources.spec import SourceSpec
from narrowcast.sender.sources.test_pattern import read_frame_number


class WatchedPattern:
    """Opens the test pattern as the sender does, and looks at each picture on its way."""

    def __init__(self) -> None:
        self.frames: list[DrawnFrame] = []

    def open(self, spec: SourceSpec, config: SenderConfig) -> Source:
        """Make ready to draw."""
        fps = config.fps or PATTERN_FPS
        source = Source(width=config.width, height=config.height, fit="crop", clock=SourceClock())
        feed = PatternFeed(config.width, config.height, fps)

        def deliver(picture: Picture, due_us: int, index: int) -> None:
            drawn_us = now_us()
            source.deliver(picture, due_us, index)
            number = read_frame_number(picture)
            assert number is not None, "the pattern carries a number"
            self.frames.append(DrawnFrame(number=number, drawn_us=drawn_us))

        def run() -> None:
            play(feed, deliver, fps=fps, clock=source.clock, loop=False)

        source.prepare(run, feed.close, fps=fps)
        return source


def main(argv: Sequence[str] | None = None) -> int:
    """Run the sender; returns the exit status."""
    arguments = make_parser().parse_args(argv)
    return run_command(lambda: _send(arguments))


def _send(arguments: Namespace) -> None:
    from narrowcast.sender.pipeline import SenderPipeline

    config, pattern = config_from(arguments), WatchedPattern()
    try:
        SenderPipeline(config, JsonReporter(), StopSignal(), opener=pattern.open).run()
    finally:
        line = {"event": "drawn", "frames": [asdict(frame) for frame in pattern.frames]}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    sys.exit(main())
