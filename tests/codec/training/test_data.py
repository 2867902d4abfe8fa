"""Decoding into the memory-mapped store, and crops drawn from it."""

from __future__ import annotations

import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from narrowcast.codec.training.data import DataError, FrameStore, prepare, sample_still, to_unit
from tests.codec.digit_files import write_digits


def test_pictures_come_back_as_they_were(data_dir: Path, store: FrameStore) -> None:
    item = next(item for item in store.items if item.name == "1.png")
    bgr = cv2.imread(str(data_dir / "1.png"))
    assert bgr is not None
    np.testing.assert_array_equal(store.frames(item)[0], bgr[:, :, ::-1])


def test_clips_keep_all_their_frames(store: FrameStore) -> None:
    (clip,) = store.clips
    assert (clip.frames, clip.height, clip.width) == (12, 144, 160)
    assert len(store.stills) == 3


def test_tar_shards_are_opened(data_dir: Path, tmp_path: Path) -> None:
    shard = tmp_path / "shards" / "images-00.tar"
    shard.parent.mkdir()
    with tarfile.open(shard, "w") as tar:
        tar.add(data_dir / "0.png", "0.png")
    store = FrameStore(prepare(shard.parent, tmp_path / "cache"))
    assert [item.name for item in store.items] == ["0.png"]


def test_a_broken_picture_is_left_out(data_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "broken.png").write_bytes(b"\x89PNG not really")
    (folder / "whole.png").write_bytes((data_dir / "2.png").read_bytes())
    store = FrameStore(prepare(folder, tmp_path / "cache"))
    assert [item.name for item in store.items] == ["whole.png"]


def test_an_empty_or_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no picture or clip"):
        prepare(tmp_path, tmp_path / "cache")
    with pytest.raises(DataError, match="pass --data"):
        prepare(tmp_path / "absent", tmp_path / "cache2")


def test_crops_have_the_asked_size(store: FrameStore) -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        assert sample_still(store, 128, rng).shape == (128, 128, 3)


def test_to_unit_maps_to_channel_first_unit_range() -> None:
    pictures = np.zeros((2, 4, 5, 3), np.uint8)
    pictures[1, 2, 3] = (255, 0, 51)
    tensor = to_unit(pictures)
    assert tensor.shape == (2, 3, 4, 5)
    np.testing.assert_allclose(tensor[1, :, 2, 3].numpy(), [1.0, 0.0, 0.2], atol=1e-6)


def test_mnist_is_read_as_sheets_of_digits(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    write_digits(data / "train-images-idx3-ubyte.gz", 300)
    digits = FrameStore(prepare(data, tmp_path / "cache"))
    assert [item.frames for item in digits.items] == [1, 1, 1]
    assert sample_still(digits, 64, np.random.default_rng(0)).shape == (64, 64, 3)
