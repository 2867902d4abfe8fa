"""Scenes coded by the real encoders: kept beside their sources, resumed, and cut alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from narrowcast.codec.hybrid.base_format import AV1, H264, BaseFormat
from narrowcast.codec.hybrid.thread_priority import ordinary_priority
from narrowcast.codec.training.coded_scenes import (
    FRAMES,
    SIDE,
    CodedStore,
    code_scene,
    prepare_coded,
    scene_bytes,
)
from narrowcast.codec.training.data import DataError, FrameStore
from narrowcast.codec.training.scenes import sample_scene


@pytest.fixture(scope="module")
def folder(store: FrameStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three coded scenes."""
    return prepare_coded(store, tmp_path_factory.mktemp("coded"), scenes=3, seed=1)


def test_a_coded_scene_looks_like_its_source(folder: Path) -> None:
    coded = CodedStore(folder)
    rng = np.random.default_rng(0)
    for scene in coded.scenes:
        window = coded.window(scene, 0, FRAMES, SIDE, rng).astype(np.float64)
        error = np.square(window[0] - window[1]).mean(axis=(1, 2, 3))
        other = np.square(window[0][::-1, ::-1] - window[1]).mean()
        assert 0 < error.max() < other


def test_a_scene_says_how_each_picture_was_coded(folder: Path) -> None:
    for scene in CodedStore(folder).scenes:
        assert len(scene.crfs) == FRAMES
        first, second = (scene.conditions(index) for index in range(2))
        assert (first[1], second[1]) == (float(scene.lead == 0), 0.0)
        assert 0 <= scene.quantiser <= 1


@pytest.mark.parametrize("base", [AV1, H264])
def test_a_held_bitrate_says_how_coarse_each_picture_is(base: BaseFormat, store: FrameStore) -> None:
    source = sample_scene(store, 128, 12, np.random.default_rng(1), clip_share=1.0)
    means = []
    with ordinary_priority():
        for bitrate_bps in (4_000, 60_000):
            coded, crfs = code_scene(source, base, crf=base.crf_best, preset=8, bitrate_bps=bitrate_bps)
            assert coded.shape == source.shape
            assert all(base.crf_best <= crf <= base.crf_worst for crf in crfs)
            means.append(float(np.mean(crfs)))
        assert code_scene(source[:2], base, crf=44, preset=8)[1] == [44, 44]
    assert means[0] > means[1]


def test_crops_are_cut_alike_from_both(folder: Path) -> None:
    coded = CodedStore(folder)
    whole = coded.window(coded.scenes[0], 2, 1, SIDE, np.random.default_rng(3))
    for seed in range(6):
        cut = coded.window(coded.scenes[0], 2, 1, 64, np.random.default_rng(seed))
        assert cut.shape == (2, 1, 64, 64, 3)
        mirrored = whole[:, :, :, ::-1]
        places = {_place(picture, cut[:, 0]) for picture in (whole[:, 0], mirrored[:, 0])}
        assert places != {None}


def _place(whole: np.ndarray, cut: np.ndarray) -> tuple[int, int] | None:
    """Where `cut` [2, h, w, 3] lies in `whole` [2, H, W, 3], on the grid of 4; None where nowhere."""
    side = cut.shape[1]
    for top in range(0, SIDE - side + 1, 4):
        for left in range(0, SIDE - side + 1, 4):
            if np.array_equal(whole[:, top : top + side, left : left + side], cut):
                return top, left
    return None


def test_more_scenes_are_added_to_those_there_are(store: FrameStore, tmp_path: Path) -> None:
    prepare_coded(store, tmp_path, scenes=1)
    first = (tmp_path / "base.bin").read_bytes()
    with (tmp_path / "base.bin").open("ab") as out:
        out.write(b"half a scene, cut off")
    prepare_coded(store, tmp_path, scenes=2)
    both = (tmp_path / "base.bin").read_bytes()
    assert both[: len(first)] == first
    assert len(both) == 2 * scene_bytes()
    assert [scene.number for scene in CodedStore(tmp_path).scenes] == [0, 1]


def test_scenes_of_another_version_are_named(tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text('[{"number": 0, "base": "av1", "crf": 50, "scale": 0}]')
    with pytest.raises(DataError, match="another version; remove it"):
        CodedStore(tmp_path)


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no coded scenes in"):
        CodedStore(tmp_path)
