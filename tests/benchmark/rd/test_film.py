"""Tests of benchmark/rd/film.py: the first clip's tiles side by side, moving, without end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from narrowcast.benchmark.errors import PlotError
from narrowcast.benchmark.rd.contact_sheet import GAP, LABEL_HEIGHT, Tile
from narrowcast.benchmark.rd.film import PART_WIDTH, write_film

WIDTH, HEIGHT = 2 * PART_WIDTH, 64


def tile(clip: str, levels: tuple[int, ...], busy_from: int = 0) -> Tile:
    """A clip of pictures of one level each, with fine stripes from a column on."""
    frames = []
    for level in levels:
        rgb = np.full((HEIGHT, WIDTH, 3), level, np.uint8)
        rgb[:, busy_from::2] = 250
        frames.append(rgb)
    return Tile(clip=clip, label=clip, frames=tuple(frames))


def test_the_busiest_part_of_each_moves(tmp_path: Path) -> None:
    path = tmp_path / "film.webp"
    write_film(
        path, [tile("a", (20, 90), busy_from=PART_WIDTH), tile("a", (60, 120)), tile("b", (5, 5))], 10.0
    )
    with Image.open(path) as film:
        assert film.size == (2 * PART_WIDTH + GAP, HEIGHT + LABEL_HEIGHT)
        assert film.n_frames == 2 and film.info["loop"] == 0  # type: ignore[attr-defined]
        pictures = []
        for number in range(2):
            film.seek(number)
            pictures.append(np.asarray(film.convert("RGB"))[LABEL_HEIGHT:])
            assert film.info["duration"] == 100
    for picture, level in zip(pictures, (20, 90), strict=True):
        part = picture[:, :PART_WIDTH]
        assert abs(part.mean() - (level + 250) / 2) < 8  # striped everywhere: not the flat half


def test_a_folder_that_is_not_there_is_named_with_its_flag(tmp_path: Path) -> None:
    with pytest.raises(PlotError, match="cannot write .*; name another file with --film"):
        write_film(tmp_path / "absent" / "film.webp", [tile("a", (1, 2))], 15.0)
