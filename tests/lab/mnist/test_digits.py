"""Tests of lab/mnist/digits.py: the four files are read, and each that is wrong is named."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from narrowcast.codec.idx_file import IdxError
from narrowcast.lab.mnist.digits import load_digits, to_bytes, to_unit
from tests.lab.drawn_digits import drawn, write_mnist


@pytest.mark.parametrize("packed", [True, False])
def test_the_four_files_are_read(tmp_path: Path, packed: bool) -> None:
    data = load_digits(write_mnist(tmp_path, train=7, test=5, packed=packed))
    assert data.train.pictures.shape == (7, 28, 28) and data.test.labels.shape == (5,)
    np.testing.assert_array_equal(data.train.pictures, drawn(7, 0).pictures)
    assert len(data.train.first(3).labels) == 3


def test_pictures_survive_the_way_to_a_network_and_back() -> None:
    pictures = drawn(4, 2).pictures
    unit = to_unit(pictures)
    assert unit.shape == (4, 1, 28, 28) and unit.dtype == torch.float32 and unit.max() <= 1
    np.testing.assert_array_equal(to_bytes(unit), pictures)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("t10k-labels-idx1-ubyte", None, "lacks t10k-labels-idx1-ubyte"),
        ("train-images-idx3-ubyte", b"\0\0\x08\x03\0", "too few for an idx file of pictures"),
        ("train-images-idx3-ubyte", struct.pack(">IIII", 0x803, 9, 28, 28), "announces 9 pictures"),
        ("train-labels-idx1-ubyte", struct.pack(">IIII", 0x803, 1, 1, 1) + b"\0", "no idx file of labels"),
        ("train-labels-idx1-ubyte", struct.pack(">II", 0x801, 2) + b"\0\1", "6 pictures and .* 2 labels"),
        ("t10k-labels-idx1-ubyte", struct.pack(">II", 0x801, 4) + b"\0\1\2\x0a", "the label 10"),
        ("t10k-images-idx3-ubyte", struct.pack(">IIII", 0x803, 4, 2, 3) + bytes(24), "pictures of 3x2"),
        ("t10k-images-idx3-ubyte", b"\x1f\x8b\x08\0damaged", "cut off or damaged"),
    ],
)
def test_a_file_that_is_missing_or_wrong_is_named(
    tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    write_mnist(tmp_path, train=6, test=4, packed=False)
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(IdxError, match=says) as caught:
        load_digits(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(IdxError, match="there is no folder .*absent; name the one with MNIST's four files"):
        load_digits(tmp_path / "absent")
