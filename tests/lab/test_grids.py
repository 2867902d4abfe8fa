"""Tests of lab/grids.py: where pictures lie in grids, and files that cannot be written."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from narrowcast.errors import OutputError
from narrowcast.lab.grids import (
    GAP,
    LABEL_HEIGHT,
    ZOOM,
    amplified,
    digit_grid,
    labelled,
    pair_grid,
    read_grey,
    write_grey,
    write_rgb,
)


def test_digits_are_laid_out_row_by_row() -> None:
    digits = np.arange(5, dtype=np.uint8)[:, None, None] * np.ones((1, 3, 4), np.uint8)
    grid = digit_grid(digits, columns=2)
    assert grid.shape == (3 * 3 * ZOOM, 2 * 4 * ZOOM)
    assert grid[0, 0] == 0 and grid[0, -1] == 1 and grid[3 * ZOOM, 0] == 2 and grid[-1, 0] == 4
    assert grid[-1, -1] == 0, "none left"


def test_what_became_of_digits_stands_below_them() -> None:
    above, below = np.full((3, 2, 2), 10, np.uint8), np.full((3, 2, 2), 200, np.uint8)
    grid = pair_grid(above, below, columns=2)
    assert len(grid) == 4 * 2 * ZOOM + GAP
    assert grid[0, 0] == 10 and grid[2 * ZOOM, 0] == 200


def test_pictures_of_all_kinds_get_a_label() -> None:
    pictures = {"grey": np.zeros((20, 30), np.uint8), "colour": np.zeros((40, 30, 3), np.uint8)}
    sheet = labelled({**pictures, "third": pictures["grey"]}, columns=2, width=60)
    assert sheet.shape == (2 * (80 + LABEL_HEIGHT), 2 * 60 + GAP, 3)
    assert sheet[:LABEL_HEIGHT].min() < 128, "letters"


def test_differences_are_shown_around_grey() -> None:
    assert amplified(np.array([0.0, 10.0, -100.0]), 2.0).tolist() == [128, 148, 0]


def test_files_are_written_and_read(tmp_path: Path) -> None:
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    write_grey(tmp_path / "a.png", grey)
    np.testing.assert_array_equal(read_grey(tmp_path / "a.png"), grey)
    rgb = np.zeros((2, 2, 3), np.uint8)
    rgb[:, :, 0] = 255
    write_rgb(tmp_path / "b.png", rgb)
    assert np.asarray(cv2.imread(str(tmp_path / "b.png")))[0, 0].tolist() == [0, 0, 255]
    with pytest.raises(OutputError, match="cannot write .*; name another folder with --out"):
        write_grey(tmp_path / "absent" / "c.png", grey)
