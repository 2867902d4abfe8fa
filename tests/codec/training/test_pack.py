"""What travels to a machine that only trains: small pieces, nothing twice, and pictures as they were."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from narrowcast.codec.training.coded_scenes import CODED, CodedStore, prepare_coded
from narrowcast.codec.training.data import DataError, FrameStore
from narrowcast.codec.training.pack import pack, unpack

LIMIT = 1_000_000


@pytest.fixture(scope="module")
def coded(store: FrameStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four coded scenes."""
    return prepare_coded(store, tmp_path_factory.mktemp("coded"), scenes=4, seed=3)


def test_scenes_arrive_as_they_were(coded: Path, tmp_path: Path) -> None:
    pieces = pack(tmp_path / "pack", coded=coded, data=None, weights=None, piece_bytes=LIMIT)
    assert pieces and all(piece.stat().st_size <= LIMIT for piece in pieces)
    unpack(tmp_path / "pack", tmp_path / "cache", workers=2)
    sent, arrived = CodedStore(coded), CodedStore(tmp_path / "cache" / CODED)
    assert arrived.scenes == sent.scenes
    for scene in sent.scenes:
        for before, after in zip(sent.scene(scene), arrived.scene(scene), strict=True):
            error = after.astype(np.float64) - before
            assert np.square(error).mean() < 255**2 / 10**4  # 40 dB
            assert abs(error.mean()) < 0.5


def test_pieces_are_small_and_arrive_one_by_one(coded: Path, tmp_path: Path) -> None:
    whole = pack(tmp_path / "whole", coded=coded, data=None, weights=None, piece_bytes=LIMIT)
    limit = sum(piece.stat().st_size for piece in whole) // 2
    pieces = pack(tmp_path / "pack", coded=coded, data=None, weights=None, piece_bytes=limit)
    assert len(pieces) > 1 and all(piece.stat().st_size <= limit for piece in pieces)
    cache = tmp_path / "cache"
    there = tmp_path / "there" / "scenes"
    there.mkdir(parents=True)
    for piece in reversed(pieces):  # in any order, some of them twice
        shutil.copy(piece, there)
        unpack(there.parent, cache)
    scenes = CodedStore(cache / CODED).scenes
    assert [scene.number for scene in scenes] == list(range(4))
    assert {scene.detail for scene in scenes} == {scene.detail for scene in CodedStore(coded).scenes}


def test_what_is_packed_is_kept_and_new_scenes_are_added(store: FrameStore, tmp_path: Path) -> None:
    prepare_coded(store, tmp_path / "coded", scenes=1)
    first = pack(tmp_path / "pack", coded=tmp_path / "coded", data=None, weights=None, piece_bytes=LIMIT)
    content = first[0].read_bytes()
    prepare_coded(store, tmp_path / "coded", scenes=2)
    both = pack(tmp_path / "pack", coded=tmp_path / "coded", data=None, weights=None, piece_bytes=LIMIT)
    assert both[0].read_bytes() == content and len(both) == 2
    unpack(tmp_path / "pack", tmp_path / "cache")
    assert len(CodedStore(tmp_path / "cache" / CODED).scenes) == 2


def test_pictures_and_networks_travel_too(data_dir: Path, weights_dir: Path, tmp_path: Path) -> None:
    pack(tmp_path / "pack", coded=None, data=data_dir, weights=weights_dir, piece_bytes=40_000_000)
    cache = tmp_path / "cache"
    unpack(tmp_path / "pack", cache)
    assert {(item.frames, item.width) for item in FrameStore(cache).items} == {
        (1, 180),
        (1, 190),
        (1, 200),
        (12, 160),
    }
    for file in weights_dir.glob("*.safetensors"):
        assert (cache / "networks" / file.name).read_bytes() == file.read_bytes()


def test_what_cannot_be_packed_or_unpacked_is_named(coded: Path, data_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="larger than a piece; allow larger ones with --piece-mb"):
        pack(tmp_path / "pack", coded=None, data=data_dir, weights=None, piece_bytes=30_000)
    with pytest.raises(DataError, match="efficientnet_lite0.* is missing; pass --weights"):
        pack(tmp_path / "pack", coded=None, data=None, weights=tmp_path, piece_bytes=LIMIT)
    with pytest.raises(DataError, match="no folder .* pass --pack"):
        unpack(tmp_path / "none", tmp_path / "cache")
    piece = pack(tmp_path / "cut", coded=coded, data=None, weights=None, piece_bytes=LIMIT)[0]
    piece.write_bytes(piece.read_bytes()[:700])
    with pytest.raises(DataError, match="damaged .*; copy it again"):
        unpack(tmp_path / "cut", tmp_path / "cache")
