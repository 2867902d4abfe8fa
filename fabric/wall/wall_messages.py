"""What the wall and a browser write to each other over one socket: states as text, tiles as bytes."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from narrowcast.errors import ProtocolError
from narrowcast.fabric.wall.tile_store import WallCamera

MAX_CAMERAS = 4096
MAX_MESSAGE_BYTES = 8 * MAX_CAMERAS
"Of a browser's: the numbers of all tiles that it shows."

BATCH = struct.Struct("<I")
"Number of the batch, which the browser gives back when it has drawn it."
TILE = struct.Struct("<IfI")
"Number of the camera, age of its picture in seconds (NaN: unknown), length of the JPEG that follows."


class WallMessageError(ProtocolError):
    """A message that our page does not send."""


@dataclass(frozen=True, kw_only=True)
class Visible:
    """The tiles that a browser shows."""

    numbers: frozenset[int]


@dataclass(frozen=True, kw_only=True)
class DrawnBatch:
    """A browser has drawn a batch."""

    number: int


WallMessage: TypeAlias = Visible | DrawnBatch


def parse_wall_message(text: str) -> WallMessage:
    """Read {"visible": [0, 1, 5]} or {"drawn": 12}; WallMessageError."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WallMessageError("needed JSON") from error
    if not isinstance(message, dict) or len(message) != 1:
        raise WallMessageError("needed an object with one field")
    name, value = next(iter(message.items()))
    if name == "drawn" and type(value) is int and 0 <= value < 2**32:
        return DrawnBatch(number=value)
    if name == "visible" and isinstance(value, list) and _are_numbers(value):
        return Visible(numbers=frozenset(value))
    raise WallMessageError('needed "visible" with numbers of cameras, or "drawn" with that of a batch')


def _are_numbers(values: list[object]) -> bool:
    return len(values) <= MAX_CAMERAS and all(type(each) is int and 0 <= each < 2**32 for each in values)


def pack_tiles(batch: int, cameras: Sequence[WallCamera], calendar_us: int) -> bytes:
    """The newest pictures of cameras that have one."""
    parts = [BATCH.pack(batch)]
    for camera in cameras:
        tile = camera.tile
        if tile is not None and tile.jpeg:
            age_s = (calendar_us - tile.time_us) / 1e6 if tile.time_us else math.nan
            parts += [TILE.pack(camera.number, age_s, len(tile.jpeg)), tile.jpeg]
    return b"".join(parts)


def list_text(cameras: Iterable[WallCamera]) -> str:
    """Which cameras there are."""
    return json.dumps(
        {"kind": "cameras", "cameras": [{"number": each.number, "name": each.name} for each in cameras]}
    )


def states_text(cameras: Iterable[WallCamera], calendar_us: int) -> str:
    """What is said of cameras, for how long already in seconds; `quiet`: no worker has told anything."""
    states = [
        {
            "number": each.number,
            "quiet": each.quiet,
            "note": "" if each.tile is None else each.tile.note,
            "alerts": []
            if each.tile is None or each.quiet
            else [
                {
                    "kind": alert.kind,
                    "seconds": round(max(0.0, (calendar_us - alert.since_us) / 1e6), 1),
                    "detail": alert.detail,
                }
                for alert in each.tile.alerts
            ],
        }
        for each in cameras
    ]
    return json.dumps({"kind": "states", "states": states})


def note_text(note: str) -> str:
    """Why nothing comes from the fabric; empty while it does."""
    return json.dumps({"kind": "note", "text": note})
