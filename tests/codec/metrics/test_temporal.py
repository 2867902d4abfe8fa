"""How much decoded frames change where the source stands still: by levels, and by LPIPS."""

from __future__ import annotations

import numpy as np
import pytest

from narrowcast.codec.api import Rgb
from narrowcast.codec.metrics.lpips import Lpips
from narrowcast.codec.metrics.temporal import flicker, temporal_lpips
from tests.codec.metrics.network_samples import with_noise
from tests.codec.metrics.small_distances import small_lpips_alex
from tests.codec.picture_samples import camera_like


def still_scene(sigma: float) -> list[Rgb]:
    """A still picture with the noise of a sensor, which is under two levels almost everywhere."""
    picture = camera_like(128, 96)
    return [with_noise(picture, sigma, seed) for seed in range(5)]


def test_flicker_of_the_source_itself_is_one() -> None:
    source = still_scene(0.6)
    assert flicker(source, source) == pytest.approx(1)


def test_flicker_of_a_frozen_picture_is_zero() -> None:
    source = still_scene(0.6)
    assert flicker(source, [source[0]] * len(source)) == 0


def test_restless_texture_flickers() -> None:
    source = still_scene(0.6)
    restless = [with_noise(frame, 4, seed) for seed, frame in enumerate(source, 100)]
    calmer = [with_noise(frame, 2, seed) for seed, frame in enumerate(source, 100)]
    strong, weak = flicker(source, restless), flicker(source, calmer)
    assert strong is not None and weak is not None
    assert strong > weak > 1.5


def test_only_what_stands_still_counts() -> None:
    """The right half of the source moves; whatever the codec makes of that is no flicker."""
    source = [frame.copy() for frame in still_scene(0.6)]
    decoded = [frame.copy() for frame in source]
    for index in range(len(source)):
        source[index][:, 64:] = 50 * (index % 2)
        decoded[index][:, 64:] = 200 * (index % 2)
    assert flicker(source, decoded) == pytest.approx(1)


def test_a_source_without_noise_has_no_scale_for_flicker() -> None:
    source = [np.full((64, 64, 3), 90, np.uint8)] * 3
    assert flicker(source, source) is None


@pytest.fixture(scope="module")
def lpips() -> Lpips:
    return small_lpips_alex()


def test_temporal_lpips_is_one_for_the_source_and_grows_with_what_restlessly_changes(
    lpips: Lpips,
) -> None:
    source = still_scene(0.6)
    restless = [with_noise(frame, 8, seed) for seed, frame in enumerate(source, 100)]
    frozen = [source[0]] * len(source)
    same, none, strong = temporal_lpips(lpips, source, [source, frozen, restless], [2, 4])
    assert same == pytest.approx(1)
    assert none == pytest.approx(0, abs=1e-6)
    assert strong is not None and strong > 2


def test_without_a_frame_before_or_anything_still_there_is_no_temporal_lpips(lpips: Lpips) -> None:
    pictures = [camera_like(128, 96), 255 - camera_like(128, 96)]
    assert temporal_lpips(lpips, pictures, [pictures], [0]) == [None]
    assert temporal_lpips(lpips, pictures, [pictures], [1]) == [None]
