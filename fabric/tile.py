"""What a worker tells of a camera once a second: a small picture, how old it is, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from narrowcast.errors import FabricError
from narrowcast.prepared_types import prepared
from narrowcast.text import printable

WIDTH, HEIGHT = 160, 90
"Pixels of the box that a tile's picture fits into."
MAX_JPEG_BYTES = 64 * 1024
MAX_TILE_BYTES = MAX_JPEG_BYTES + 16 * 1024
MAX_ALERTS = 16
_JPEG_START = b"\xff\xd8"


class TileError(FabricError):
    """These bytes are no tile."""


@dataclass(frozen=True, kw_only=True)
class Alert:
    """Something that is wrong with a camera, or was a moment ago."""

    kind: str
    "offline, frozen, black, covered or moved"
    since_us: int
    "microseconds since 1970"
    detail: str = ""
    "more about it, for people"


@dataclass(frozen=True, kw_only=True)
class CameraTile:
    """How a camera looks."""

    jpeg: bytes
    "its newest picture, as a file; empty before the first"
    time_us: int
    "when that was taken, microseconds since 1970; 0 before the first"
    alerts: tuple[Alert, ...] = ()
    note: str = ""
    "why there is no picture, where that is no fault of the camera's"
    worker: str = ""
    "host of the worker that tells it"


def pack_tile(tile: CameraTile) -> bytes:
    """The message that tells a tile."""
    return msgspec.msgpack.encode(tile)


def unpack_tile(data: bytes) -> CameraTile:
    """Undo pack_tile; TileError where that is not possible."""
    if len(data) > MAX_TILE_BYTES:
        raise TileError(f"a tile of {len(data)} bytes; it has up to {MAX_TILE_BYTES}")
    try:
        tile = msgspec.msgpack.decode(data, type=prepared(CameraTile))
    except (msgspec.MsgspecError, ValueError) as error:
        raise TileError(f"a tile that cannot be read ({printable(str(error), 80)})") from error
    if not is_jpeg(tile.jpeg) or len(tile.alerts) > MAX_ALERTS or not 0 <= tile.time_us < 2**63:
        raise TileError("a tile whose picture is no JPEG, or that tells too much")
    alerts = tuple(
        replace(alert, kind=printable(alert.kind, 16), detail=printable(alert.detail, 200))
        for alert in tile.alerts
    )
    return replace(tile, alerts=alerts, note=printable(tile.note, 200), worker=printable(tile.worker, 64))


def is_jpeg(data: bytes) -> bool:
    """Whether bytes are a small JPEG file, by their beginning, or none at all."""
    return not data or (data.startswith(_JPEG_START) and len(data) <= MAX_JPEG_BYTES)


def tile_size(width: int, height: int) -> tuple[int, int]:
    """The size (width, height) of the tile of a stream: as large as the box takes, even, and never larger."""
    scale = min(WIDTH / width, HEIGHT / height, 1.0)
    return max(2, 2 * round(width * scale / 2)), max(2, 2 * round(height * scale / 2))
