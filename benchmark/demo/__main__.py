"""`narrowcast demo`: sender and receiver as two processes on this machine, and what was measured."""

from __future__ import annotations

import json
import sys
import tempfile
from argparse import Namespace
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmark.program import Program, run_pair
from benchmark.tables import show
from narrowcast.errors import BenchError
from runtime.signals import StopSignal
from runtime.terminal import EXIT_BAD_INPUT, OneLineParser, run_command
from sender.config import CODEC_HELP, DEFAULT_CODEC

WIDTH, HEIGHT, FPS = 640, 360, 15.0
_CLIP_S = 10.0


class DemoError(BenchError):
    """The demo did not come to a result; the text says why."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo as the arguments say; returns the exit status."""
    arguments = make_parser().parse_args(argv)
    return run_command(lambda: _demo(arguments), _expected_errors)


def make_parser() -> OneLineParser:
    """The arguments of the command."""
    parser = OneLineParser(
        prog="narrowcast demo",
        description="Send the bundled clip to a receiver on this machine, and measure.",
    )
    parser.add_argument("--json", action="store_true", help="print the numbers as one JSON object")
    parser.add_argument("--seconds", type=float, help="how long (default: the clip once, ten seconds)")
    parser.add_argument(
        "--codec",
        default=DEFAULT_CODEC,
        help=CODEC_HELP,
    )
    parser.add_argument("--quality", type=float, help="0 (fewest bits) to 1 (best)")
    parser.add_argument(
        "--save-frames", type=Path, metavar="DIR", help="save source and reconstruction side by side as PNG"
    )
    parser.add_argument("--no-window", action="store_true", help="show nothing")
    return parser


def _demo(arguments: Namespace) -> None:
    with ExitStack() as stack:
        parts = None
        if arguments.save_frames is not None:
            parts = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sender, receiver = _run_both(arguments, parts)
        if not receiver.get("shown"):
            raise DemoError("no picture arrived; does narrowcast demo --codec jpeg work?")
        # Imported here: it brings the codec, which the two programs load meanwhile for themselves.
        from benchmark.demo.result import make_result, result_table

        result = make_result(sender=sender, receiver=receiver, width=WIDTH, height=HEIGHT, fps=FPS)
        if parts is not None:
            _save_pairs(parts, arguments)
    if arguments.json:
        print(json.dumps(asdict(result)))
        return
    title = f"{arguments.codec}, {WIDTH}x{HEIGHT} at {FPS:g} fps, sender and receiver on this machine"
    show([result_table(result, title)])


def _run_both(arguments: Namespace, parts: Path | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run the two programs to their end; returns their summaries."""

    def tell(line: dict[str, Any]) -> None:
        if not arguments.json:
            _tell(line)

    with StopSignal() as stop:
        pair = run_pair(
            lambda: Program(_sender_arguments(arguments, parts), tell),
            lambda url: Program(_receiver_arguments(arguments, parts, url), tell),
            seconds=arguments.seconds or _CLIP_S,
            stop=stop,
        )
    sender, receiver = pair.sender, pair.receiver
    if receiver is not None and sender.summary is not None and receiver.summary is not None:
        return sender.summary, receiver.summary
    if stop.requested:
        raise DemoError("the demo was stopped before the first picture")
    raise SystemExit(EXIT_BAD_INPUT)  # the program that failed has said why


def _sender_arguments(arguments: Namespace, parts: Path | None) -> list[str]:
    command = ["send", "demo:", "--listen", "tcp://127.0.0.1:0"]
    command += ["--codec", arguments.codec, "--size", f"{WIDTH}x{HEIGHT}", "--fps", f"{FPS:g}"]
    if arguments.quality is not None:
        command += ["--quality", str(arguments.quality)]
    if arguments.seconds is not None:
        command += ["--loop", "--seconds", str(arguments.seconds)]
    return command + _common_arguments(parts)


def _common_arguments(parts: Path | None) -> list[str]:
    return ["--stats", "json"] + (["--save-frames", str(parts)] if parts else [])


def _receiver_arguments(arguments: Namespace, parts: Path | None, url: str) -> list[str]:
    command = ["receive", url, "--until-end", "--expect", f"{arguments.codec}:{WIDTH}x{HEIGHT}"]
    if arguments.no_window:
        command.append("--no-window")
    return command + _common_arguments(parts)


def _tell(line: dict[str, Any]) -> None:
    """Print what a person may want to see while the demo runs."""
    if line["event"] == "second" and "shown" in line:
        latency = line["capture_to_display_ms"]["p50"]
        age = "" if latency is None else f", capture to display {latency:.0f} ms"
        print(f"{line['fps']:5.1f} fps, {line['kbps']:7.1f} kbps{age}", flush=True)
    elif line["event"] == "notice" and "display" in line["text"]:
        print(line["text"], flush=True)


def _save_pairs(parts: Path, arguments: Namespace) -> None:
    from benchmark.demo.result import write_pairs

    count = write_pairs(parts, arguments.save_frames, WIDTH, HEIGHT)
    if not arguments.json:
        print(f"saved {count} pictures, source and reconstruction side by side, to {arguments.save_frames}")


def _expected_errors() -> tuple[type[Exception], ...]:
    return (DemoError, OSError)


if __name__ == "__main__":
    sys.exit(main())
