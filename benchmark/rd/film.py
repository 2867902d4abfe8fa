"""A clip and its codecs side by side, moving: an animated WebP of the part with the most detail."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from narrowcast.benchmark.errors import PlotError
from narrowcast.benchmark.rd.contact_sheet import GAP, Tile, draw_label
from narrowcast.codec import Rgb

PART_WIDTH = 300
"""Pixels of each picture's part, as it was decoded: artefacts would be lost in a smaller picture."""

WEBP_QUALITY = 55
"""Of the film itself; its own artefacts are far below those that it shows."""


def write_film(path: Path, tiles: Sequence[Tile], fps: float) -> None:
    """Write the tiles of the first clip as a film without end; PlotError where the file cannot be written."""
    first = [tile for tile in tiles if tile.clip == tiles[0].clip]
    pictures = [Image.fromarray(picture) for picture in _pictures(first)]
    data = io.BytesIO()
    pictures[0].save(
        data,
        format="WEBP",
        save_all=True,
        append_images=pictures[1:],
        duration=round(1000 / fps),
        loop=0,
        quality=WEBP_QUALITY,
        method=5,
    )
    try:
        path.write_bytes(data.getvalue())
    except OSError as error:
        raise PlotError(f"cannot write {path}: {error.strerror}; name another file with --film") from error


def _pictures(tiles: Sequence[Tile]) -> Iterator[Rgb]:
    """The pictures of the film: a part of each tile, its label above."""
    left = _busiest_columns(tiles[0].rgb)
    labels = [draw_label(tile, PART_WIDTH) for tile in tiles]
    for pictures in zip(*(tile.frames for tile in tiles), strict=True):
        columns = [
            np.concatenate([label, rgb[:, left : left + PART_WIDTH]])
            for label, rgb in zip(labels, pictures, strict=True)
        ]
        gap = np.full((columns[0].shape[0], GAP, 3), 255, np.uint8)
        yield np.concatenate([part for column in columns for part in (column, gap)][:-1], axis=1)


def _busiest_columns(rgb: Rgb) -> int:
    """Return where the part of full height with the most detail begins."""
    edges = np.abs(cv2.Laplacian(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), cv2.CV_32F)).sum(axis=0)
    whole = np.convolve(edges, np.ones(min(PART_WIDTH, rgb.shape[1])), mode="valid")
    return int(whole.argmax())
