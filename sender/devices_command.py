"""`narrowcast devices`: the cameras of this machine, with their sizes and rates."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby

from narrowcast.runtime.program import program
from narrowcast.runtime.reporting import MAX_LINE_CHARACTERS
from narrowcast.runtime.settings import Settings, make_settings
from narrowcast.runtime.settings_parser import SettingsParser
from narrowcast.runtime.terminal import run_command
from narrowcast.sender.sources.cameras import Camera, CameraMode, find_cameras
from narrowcast.text import printable

_NOTHING_FOUND = 1
"Exit status, as grep has it."


@dataclass(frozen=True, kw_only=True)
class DevicesSettings(Settings):
    """How to list them."""

    json: bool = False
    "print one JSON list on standard output"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command as the arguments say; returns the exit status."""
    arguments = make_parser().parse(argv)
    found: list[int] = []

    def look() -> None:
        settings = make_settings(DevicesSettings, arguments)
        found.append(show(find_cameras(), as_json=settings.json))

    status = run_command(look)
    return found[0] if found else status


def make_parser() -> SettingsParser:
    """The arguments of the command."""
    return SettingsParser(
        prog="narrowcast devices",
        description="List the cameras of this machine: what to send, their sizes and rates.",
        settings=(DevicesSettings,),
    )


def show(cameras: Sequence[Camera], *, as_json: bool) -> int:
    """Print what was found; returns the exit status."""
    if as_json:
        print(json.dumps([asdict(camera) for camera in cameras]))
    elif cameras:
        print(
            "\n".join(
                printable(line, MAX_LINE_CHARACTERS) for camera in cameras for line in camera_lines(camera)
            )
        )
    else:
        text = "there is no camera; plug one in, or send a file, a URL, screen:, test: or demo:"
        print(text, file=sys.stderr)
    return 0 if cameras else _NOTHING_FOUND


def camera_lines(camera: Camera) -> list[str]:
    """What to paste, and below it what the camera can do: one line for each kind of pixels."""
    name = f"  ({camera.name})" if camera.name else ""
    lines = [f"{program()} send {shlex.quote(camera.stable_source or camera.source)}{name}"]
    if camera.stable_source:
        lines.append(f"    now {camera.source}")
    if camera.problem:
        lines.append(f"    {camera.problem}")
    for pixels, modes in groupby(camera.modes, key=lambda mode: mode.pixels):
        lines.append("    " + " ".join(filter(None, [pixels, ", ".join(map(_mode, modes))])))
    return lines


def _mode(mode: CameraMode) -> str:
    fps = "/".join(f"{rate:g}" for rate in mode.fps)
    return f"{mode.width}x{mode.height}" + (f" {fps} fps" if fps else "")


if __name__ == "__main__":
    sys.exit(main())
