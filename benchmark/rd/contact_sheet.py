"""Pictures side by side: the source and each codec at about the same rate, with zoomed crops."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from narrowcast.benchmark.clips import Clip
from narrowcast.benchmark.errors import PlotError
from narrowcast.benchmark.peers.peer import Coded, Peer, code_clip
from narrowcast.benchmark.rd.curves import RdPoint, kbps_of
from narrowcast.codec import Rgb
from narrowcast.codec.api import MIN_SIDE

TILE_WIDTH = 480
"""Pixels of each picture on the sheet."""
CROP_SHARE = 4
"""A crop shows a quarter of the width and of the height."""
LABEL_HEIGHT = 26
GAP = 6
CLOSE_ENOUGH = 0.05
"""The search for a setting ends within 5% of the wanted rate."""
MAX_TRIES = 5
FAR_OFF = 0.25
"""A rate that is further off is written in red: the codec cannot reach the one that was asked for."""
SHRINK = 0.8
"""Each step of making pictures smaller for a codec that cannot go low enough."""
BLACK, RED = (0, 0, 0), (200, 0, 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Tile:
    """One picture of the sheet."""

    clip: str
    "name of the clip that it is of"
    label: str
    "codec, setting and rate"
    frames: tuple[Rgb, ...]
    "the clip, the size of the source"
    far_off: bool = False
    "whether its rate is not the one that was asked for"

    @property
    def rgb(self) -> Rgb:
        """The last frame."""
        return self.frames[-1]


@dataclass(frozen=True, kw_only=True)
class _Try:
    setting: float
    log_kbps: float
    coded: Coded


def source_tile(clip: Clip) -> Tile:
    """Return the source."""
    return Tile(clip=clip.name, label=f"{clip.name}: source", frames=tuple(clip.frames))


def codec_tile(clip: Clip, peer: Peer, points: Sequence[RdPoint], kbps: float) -> Tile:
    """Return the clip at the setting whose rate comes nearest; `points` is where the search begins.

    A codec that needs more at its lowest setting gets smaller pictures, enlarged again for the sheet.
    """
    found = _search(clip, peer, points, math.log(kbps))
    height, width = clip.frames[0].shape[:2]
    size = ""
    if math.exp(found.log_kbps) / kbps - 1 > FAR_OFF:
        found, size = _shrunk_until(clip, peer, found, kbps)
    got_kbps = math.exp(found.log_kbps)
    return Tile(
        clip=clip.name,
        label=f"{peer.name}  {size}{peer.label(found.setting)}  {got_kbps:.0f} kbit/s",
        frames=tuple(_scaled(rgb, width, height, cv2.INTER_CUBIC) for rgb in found.coded.frames),
        far_off=abs(got_kbps / kbps - 1) > FAR_OFF,
    )


def _shrunk_until(clip: Clip, peer: Peer, full: _Try, kbps: float) -> tuple[_Try, str]:
    """Shrink the pictures step by step, at the lowest setting, until the rate is met or they are tiny."""
    height, width = clip.frames[0].shape[:2]
    found, size, scale = full, "", 1.0
    while math.exp(found.log_kbps) > kbps and min(height, width) * scale * SHRINK >= MIN_SIDE:
        scale *= SHRINK
        small_width, small_height = round(width * scale), round(height * scale)
        frames = [_scaled(rgb, small_width, small_height, cv2.INTER_AREA) for rgb in clip.frames]
        found = _try(replace(clip, frames=tuple(frames)), peer, full.setting)
        size = f"{small_width}x{small_height}  "
    return found, size


def _search(clip: Clip, peer: Peer, points: Sequence[RdPoint], target: float) -> _Try:
    """Interpolate log rate over the setting between what is known, until close or out of tries."""
    known = sorted((math.log(point.kbps), point.setting_value) for point in points)
    best: _Try | None = None
    for _ in range(MAX_TRIES):
        setting = _interpolate(known, target, whole=peer.whole_settings)
        if best is not None and setting in {each for _, each in known}:
            break
        tried = _try(clip, peer, setting)
        known = sorted({*known, (tried.log_kbps, setting)})
        if best is None or abs(tried.log_kbps - target) < abs(best.log_kbps - target):
            best = tried
        if abs(best.log_kbps - target) < CLOSE_ENOUGH:
            break
    assert best is not None
    return best


def _interpolate(known: Sequence[tuple[float, float]], target: float, *, whole: bool) -> float:
    setting = float(np.interp(target, [rate for rate, _ in known], [setting for _, setting in known]))
    return float(round(setting)) if whole else setting


def _try(clip: Clip, peer: Peer, setting: float) -> _Try:
    coded = code_clip(peer, clip, setting)
    return _Try(setting=setting, log_kbps=math.log(kbps_of(coded.frame_bytes, clip.fps)), coded=coded)


def busiest_crops(rgb: Rgb, count: int) -> list[tuple[int, int]]:
    """Return (top, left) of the parts with the most detail that do not overlap."""
    height, width = rgb.shape[:2]
    part_height, part_width = height // CROP_SHARE, width // CROP_SHARE
    edges = np.abs(cv2.Laplacian(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), cv2.CV_32F))
    detail = cv2.boxFilter(
        edges, -1, (part_width, part_height), anchor=(0, 0), borderType=cv2.BORDER_CONSTANT
    )
    detail = np.array(detail[: height - part_height + 1, : width - part_width + 1])
    found: list[tuple[int, int]] = []
    for _ in range(count):
        top, left = (int(place) for place in np.unravel_index(int(detail.argmax()), detail.shape))
        found.append((top, left))
        detail[
            max(0, top - part_height) : top + part_height, max(0, left - part_width) : left + part_width
        ] = -1
    return found


def draw_sheet(tiles: Sequence[Tile]) -> Rgb:
    """Put the tiles of each clip in a row, the source first, the crops of its busiest parts below each."""
    clips = dict.fromkeys(tile.clip for tile in tiles)
    drawn = [_draw_row([tile for tile in tiles if tile.clip == clip]) for clip in clips]
    width = max(row.shape[1] for row in drawn)
    padded = [
        np.pad(row, ((0, GAP), (0, width - row.shape[1]), (0, 0)), constant_values=255) for row in drawn
    ]
    return np.asarray(np.concatenate(padded), np.uint8)


def write_sheet(path: Path, tiles: Sequence[Tile]) -> None:
    """Draw and write as PNG; PlotError where the file cannot be written."""
    # Not through the png codec: a sheet of six clips is larger than any stream.
    encoded, data = cv2.imencode(".png", cv2.cvtColor(draw_sheet(tiles), cv2.COLOR_RGB2BGR))
    assert encoded, "OpenCV did not encode the sheet"
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise PlotError(f"cannot write {path}: {error.strerror}; name another file with --sheet") from error


def _draw_row(tiles: Sequence[Tile]) -> Rgb:
    crops = busiest_crops(tiles[0].rgb, 2)
    columns = [_draw_column(tile, crops) for tile in tiles]
    gap = np.full((columns[0].shape[0], GAP, 3), 255, np.uint8)
    return np.concatenate([part for column in columns for part in (column, gap)][:-1], axis=1)


def _draw_column(tile: Tile, crops: Sequence[tuple[int, int]]) -> Rgb:
    height, width = tile.rgb.shape[:2]
    tile_height = round(TILE_WIDTH * height / width)
    parts = [
        tile.rgb[top : top + height // CROP_SHARE, left : left + width // CROP_SHARE] for top, left in crops
    ]
    whole = _scaled(tile.rgb, TILE_WIDTH, tile_height, cv2.INTER_AREA)
    # Nearest keeps the pixels as the codec made them.
    zoomed = [_scaled(part, TILE_WIDTH, tile_height, cv2.INTER_NEAREST) for part in parts]
    return np.concatenate([draw_label(tile, TILE_WIDTH), whole, *zoomed])


def _scaled(rgb: Rgb, width: int, height: int, interpolation: int) -> Rgb:
    return np.asarray(cv2.resize(rgb, (width, height), interpolation=interpolation), np.uint8)


def draw_label(tile: Tile, width: int) -> Rgb:
    """Write a tile's label on a strip of so many pixels."""
    strip = np.full((LABEL_HEIGHT, width, 3), 255, np.uint8)
    colour = RED if tile.far_off else BLACK
    drawn = cv2.putText(
        strip, tile.label, (4, LABEL_HEIGHT - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.55, colour, 1, cv2.LINE_AA
    )
    return np.asarray(drawn, np.uint8)
