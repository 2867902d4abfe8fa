"""Tests of codec/idx_file.py: what is read, how sheets are laid out, and files that are something else."""

from __future__ import annotations

import gzip
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from narrowcast.codec.idx_file import (
    SHEET_COLUMNS,
    SHEET_ROWS,
    IdxError,
    is_idx,
    read_idx,
    read_idx_labels,
    sheet,
)
from tests.codec.digit_files import digits, write_digits

PLACES = SHEET_ROWS * SHEET_COLUMNS


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"])
def test_pictures_come_back(name: str, tmp_path: Path) -> None:
    path = write_digits(tmp_path / name, 5)
    assert is_idx(path)
    np.testing.assert_array_equal(read_idx(path), digits(5))


def test_other_names_are_not_taken() -> None:
    assert not is_idx(Path("train-labels-idx1-ubyte.gz"))
    assert not is_idx(Path("clip.mp4"))


def test_a_sheet_is_read_like_a_page() -> None:
    first, second = sheet(digits(PLACES + 3), 0), sheet(digits(PLACES + 3), 1)
    assert first is not None and second is not None
    assert first.shape == second.shape == (28 * SHEET_ROWS, 28 * SHEET_COLUMNS, 3)
    assert first[14, 14 + 28 * 3].tolist() == [3, 3, 3]
    assert first[14 + 28, 14].tolist() == [SHEET_COLUMNS] * 3
    assert second[14, 14 + 28 * 2].tolist() == [(PLACES + 2) % 256] * 3
    assert second[14, 14 + 28 * 3].tolist() == [0, 0, 0]  # none left
    assert sheet(digits(PLACES + 3), 2) is None


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "too few"),
        (struct.pack(">IIII", 0x00000801, 1, 1, 1), "no idx file of pictures"),
        (b"\x1f\x8b\x08\x00", "cut off or damaged"),
        (struct.pack(">IIII", 0x00000803, 9, 28, 28) + bytes(10), "announces 9 pictures of 28x28"),
        (struct.pack(">IIII", 0x00000803, 1 << 31, 1 << 31, 1 << 31), "announces"),
    ],
)
def test_something_else_says_what(data: bytes, text: str, tmp_path: Path) -> None:
    path = tmp_path / "x-idx3-ubyte"
    path.write_bytes(data)
    with pytest.raises(IdxError, match=text):
        read_idx(path)


def test_a_small_file_that_inflates_without_end_is_read_as_far_as_it_announces(tmp_path: Path) -> None:
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(struct.pack(">IIII", 0x00000803, 9, 28, 28) + bytes(1 << 26), 9))
    assert path.stat().st_size < 70_000
    tracemalloc.start()
    with pytest.raises(IdxError, match="9 pictures of 28x28 and holds more"):
        read_idx(path)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(IdxError, match="cannot be read"):
        read_idx(tmp_path / "absent-idx3-ubyte")


def test_labels_come_back_and_pictures_are_none(tmp_path: Path) -> None:
    path = tmp_path / "train-labels-idx1-ubyte"
    path.write_bytes(struct.pack(">II", 0x00000801, 3) + bytes([7, 0, 9]))
    assert read_idx_labels(path).tolist() == [7, 0, 9]
    with pytest.raises(IdxError, match="no idx file of labels; name the one with labels-idx1"):
        read_idx_labels(write_digits(tmp_path / "images-idx3-ubyte", 2))
    path.write_bytes(struct.pack(">II", 0x00000801, 9) + bytes(4))
    with pytest.raises(IdxError, match="announces 9 labels and holds 4 bytes"):
        read_idx_labels(path)
