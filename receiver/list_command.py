"""`narrowcast list`: the senders on the local network that announce themselves."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from narrowcast.protocol import printable
from narrowcast.receiver.discovery import Discovery, discover
from narrowcast.runtime.announcement import Announcement
from narrowcast.runtime.security import command_line
from narrowcast.runtime.settings import Setting, Settings, make_settings
from narrowcast.runtime.settings_parser import SettingsParser
from narrowcast.runtime.terminal import run_command

_NOTHING_FOUND = 1
"Exit status, as grep has it."


@dataclass(frozen=True, kw_only=True)
class ListSettings(Settings):
    """How to look for senders."""

    seconds: Annotated[float, Setting(above=0, maximum=600)] = 3.0
    "how long to listen"
    json: bool = False
    "print one JSON list on standard output"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command as the arguments say; returns the exit status."""
    arguments = make_parser().parse(argv)
    found: list[int] = []

    def look() -> None:
        settings = make_settings(ListSettings, arguments)
        found.append(show(discover(settings.seconds), as_json=settings.json))

    status = run_command(look)
    return found[0] if found else status


def make_parser() -> SettingsParser:
    """The arguments of the command."""
    return SettingsParser(
        prog="narrowcast list",
        description="List the senders on the local network that run with --announce.",
        settings=(ListSettings,),
    )


def show(discovery: Discovery, *, as_json: bool) -> int:
    """Print what was found; returns the exit status."""
    for complaint in discovery.complaints:
        print(printable(complaint), file=sys.stderr)
    announcements = discovery.announcements
    if as_json:
        print(json.dumps([_fields(each) for each in announcements]))
    elif announcements:
        print("\n".join(table(announcements)))
    else:
        print(
            "no sender announces itself on this network; start one with narrowcast send ... --announce, "
            "or paste the address that it prints",
            file=sys.stderr,
        )
    return 0 if announcements else _NOTHING_FOUND


def table(announcements: Sequence[Announcement]) -> list[str]:
    """Lines with a heading; the command to paste comes last, in one piece."""
    rows = [("NAME", "HOST", "STREAM", "TO RECEIVE")]
    for each in announcements:
        stream = f"{each.width}x{each.height} {each.fps:g} fps {each.codec}"
        rows.append((each.name or "-", each.host or "-", stream, _command(each)))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)), row[3]])
        for row in rows
    ]


def _command(announcement: Announcement) -> str:
    return command_line("receive", announcement.url, insecure=announcement.key is None)


def _fields(announcement: Announcement) -> dict[str, object]:
    return {
        "name": announcement.name,
        "host": announcement.host,
        "url": announcement.url,
        "insecure": announcement.key is None,
        "width": announcement.width,
        "height": announcement.height,
        "fps": announcement.fps,
        "codec": announcement.codec,
    }


if __name__ == "__main__":
    sys.exit(main())
