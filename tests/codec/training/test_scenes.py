"""Scenes that move, and scenes that do not."""

from __future__ import annotations

import numpy as np

from narrowcast.codec.training.data import FrameStore
from narrowcast.codec.training.scenes import clip_scene, moving_scene, sample_scene, still_scene


def test_every_scene_has_the_asked_shape(store: FrameStore) -> None:
    rng = np.random.default_rng(3)
    for _ in range(12):
        scene = sample_scene(store, 64, 4, rng)
        assert scene.shape == (4, 64, 64, 3)
        assert scene.dtype == np.uint8


def test_the_share_of_real_clips_is_given(store: FrameStore) -> None:
    clip = store.frames(store.clips[0])
    sides = {scene.shape[1:] for scene in (clip,)}
    assert sides == {(144, 160, 3)}
    drawn = [sample_scene(store, 144, 3, np.random.default_rng(seed), clip_share=1.0) for seed in range(4)]
    for scene in drawn:  # a crop as high as the clip: its pictures, or their mirror images
        wide = np.concatenate([clip, clip[:, :, ::-1]])
        found = [
            np.array_equal(scene[0], picture[:, left : left + 144])
            for picture in wide
            for left in range(160 - 144 + 1)
        ]
        assert any(found)


def test_a_still_scene_stands_still(store: FrameStore) -> None:
    scene = still_scene(store, 64, 5, np.random.default_rng(0))
    assert (scene == scene[0]).all()


def test_a_moving_scene_moves(store: FrameStore) -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        scene = moving_scene(store, 64, 5, rng).astype(int)
        assert np.abs(scene[4] - scene[0]).mean() > 0.1


def test_a_clip_shorter_than_the_scene_repeats_its_end(store: FrameStore) -> None:
    scene = clip_scene(store, 64, 30, np.random.default_rng(0))
    assert scene.shape == (30, 64, 64, 3)
    np.testing.assert_array_equal(scene[-1], scene[-2])


def test_a_clip_smaller_than_the_crop_is_enlarged(store: FrameStore) -> None:
    assert clip_scene(store, 192, 2, np.random.default_rng(0)).shape == (2, 192, 192, 3)
