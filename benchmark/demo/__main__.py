"""`narrowcast demo`: sender and receiver as two processes on this machine, and what was measured."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from narrowcast.benchmark.program import Program, run_pair
from narrowcast.benchmark.tables import show
from narrowcast.codec.names import CODECS
from narrowcast.errors import BenchError
from narrowcast.runtime.settings import Setting, Settings, make_settings
from narrowcast.runtime.settings_parser import SettingsParser
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.terminal import EXIT_BAD_INPUT, run_command
from narrowcast.sender.config import SenderConfig

WIDTH, HEIGHT = SenderConfig.size
FPS = 15.0
_CLIP_S = 10.0


class DemoError(BenchError):
    """The demo did not come to a result; the text says why."""


@dataclass(frozen=True, kw_only=True)
class DemoSettings(Settings):
    """The settings of the demo."""

    json: bool = False
    "print the numbers as one JSON object"
    seconds: Annotated[float | None, Setting(above=0)] = None
    "how long; by default the clip once, ten seconds"
    codec: Annotated[str, Setting(choices=CODECS)] = SenderConfig.codec
    "name of the codec"
    quality: Annotated[float | None, Setting(minimum=0, maximum=1)] = None
    "fewest bits or best picture; by default the sender's"
    save_frames: Annotated[Path | None, Setting(metavar="DIR")] = None
    "save source and reconstruction side by side as PNG files in this folder"
    window: bool = True
    "show the stream if there is a display"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo as the arguments say; returns the exit status."""
    arguments = make_parser().parse_args(argv)
    return run_command(lambda: _demo(make_settings(DemoSettings, arguments)))


def make_parser() -> SettingsParser:
    """The arguments of the command."""
    return SettingsParser(
        prog="narrowcast demo",
        description="Send the bundled clip to a receiver on this machine, and measure.",
        settings=(DemoSettings,),
    )


def _demo(settings: DemoSettings) -> None:
    if settings.save_frames is not None and any(settings.save_frames.glob("frame-*.png")):
        raise DemoError(f"{settings.save_frames} has pictures already, which are kept; name another folder")
    with ExitStack() as stack:
        parts = None
        if settings.save_frames is not None:
            parts = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sender, receiver = _run_both(settings, parts)
        if not receiver.get("shown"):
            raise DemoError("no picture arrived; does narrowcast demo --codec jpeg work?")
        # Imported here: it brings the codec, which the two programs load meanwhile for themselves.
        from narrowcast.benchmark.demo.result import make_result, result_table

        result = make_result(sender=sender, receiver=receiver, width=WIDTH, height=HEIGHT, fps=FPS)
        if parts is not None and settings.save_frames is not None:
            _save_pairs(parts, settings.save_frames, settings)
    if settings.json:
        print(json.dumps(asdict(result)))
        return
    title = f"{settings.codec}, {WIDTH}x{HEIGHT} at {FPS:g} fps, sender and receiver on this machine"
    show([result_table(result, title)])


def _run_both(settings: DemoSettings, parts: Path | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run the two programs to their end; returns their summaries."""

    def tell(line: dict[str, Any]) -> None:
        if not settings.json:
            _tell(line)

    with StopSignal() as stop:
        pair = run_pair(
            lambda: Program(_sender_arguments(settings, parts), tell),
            lambda url: Program(_receiver_arguments(settings, parts, url), tell),
            seconds=settings.seconds or _CLIP_S,
            stop=stop,
        )
    sender, receiver = pair.sender, pair.receiver
    if receiver is not None and sender.summary is not None and receiver.summary is not None:
        return sender.summary, receiver.summary
    if stop.requested:
        raise DemoError("the demo was stopped before the first picture")
    raise SystemExit(EXIT_BAD_INPUT)  # the program that failed has said why


def _sender_arguments(settings: DemoSettings, parts: Path | None) -> list[str]:
    command = ["send", "demo:", "--listen", "tcp://127.0.0.1:0"]
    command += ["--codec", settings.codec, "--size", f"{WIDTH}x{HEIGHT}", "--fps", f"{FPS:g}"]
    if settings.quality is not None:
        command += ["--quality", str(settings.quality)]
    if settings.seconds is not None:
        command += ["--loop", "--seconds", str(settings.seconds)]
    return command + _common_arguments(parts)


def _common_arguments(parts: Path | None) -> list[str]:
    return ["--stats", "json"] + (["--save-frames", str(parts)] if parts else [])


def _receiver_arguments(settings: DemoSettings, parts: Path | None, url: str) -> list[str]:
    command = ["receive", url, "--until-end", "--expect", f"{settings.codec}:{WIDTH}x{HEIGHT}"]
    if not settings.window:
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


def _save_pairs(parts: Path, folder: Path, settings: DemoSettings) -> None:
    from narrowcast.benchmark.demo.result import write_pairs

    try:
        count = write_pairs(parts, folder, WIDTH, HEIGHT)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DemoError(f"cannot write to {folder}: {reason}; name another folder") from error
    if not settings.json:
        print(f"saved {count} pictures, source and reconstruction side by side, to {folder}")


if __name__ == "__main__":
    sys.exit(main())
