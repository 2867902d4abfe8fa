"""The model of bits against quality, and the choice made with it."""

from __future__ import annotations

import random

import pytest

from narrowcast.protocol.rate.rate_quality import MAX_RISE, RateQualityController, RateQualityModel


def coded_bytes(quality: float, *, keyframe: bool = False, activity: float = 1.0) -> int:
    """A coder's bits: exponential in quality, scaled by what happens in the scene, with noise."""
    base = 2500 if keyframe else 150 * activity
    return round(base * 2 ** (4.2 * quality) * random.uniform(0.85, 1.15))


def code(
    controller: RateQualityController, payload_bytes: float, *, activity: float = 1.0
) -> tuple[float, int]:
    quality = controller.next_quality(keyframe=False, payload_bytes=payload_bytes)
    size = coded_bytes(quality, activity=activity)
    controller.frame_coded(payload_bytes=size, quality=quality, keyframe=False)
    return quality, size


def test_model_learns_base_and_slope() -> None:
    model = RateQualityModel(base=10.0)
    for quality in (0.2, 0.5, 0.8, 0.3, 0.6, 0.9, 0.1, 0.4):
        model.learn(quality, round(1000 * 2 ** (5 * quality)))
    assert abs(model.octaves - 5) < 0.5
    assert abs(model.quality_for(1000 * 2**2.5) - 0.5) < 0.03


def test_without_a_limit_the_quality_is_the_one_asked_for() -> None:
    controller = RateQualityController(max_quality=0.7)
    assert controller.next_quality(keyframe=True, payload_bytes=None) == 0.7
    assert controller.next_quality(keyframe=False, payload_bytes=1e9) == 0.7


@pytest.mark.parametrize("activity", [0.5, 1.0, 4.0])
def test_frames_take_what_they_may(activity: float) -> None:
    random.seed(11)
    controller = RateQualityController(max_quality=1.0)
    sizes = [code(controller, 800, activity=activity)[1] for _ in range(60)][30:]
    assert 0.9 * 800 < sum(sizes) / len(sizes) < 1.1 * 800


def test_a_scene_that_wakes_up_is_met_within_two_frames() -> None:
    random.seed(12)
    controller = RateQualityController(max_quality=1.0)
    for _ in range(40):
        code(controller, 800, activity=0.5)
    sizes = [code(controller, 800, activity=5.0)[1] for _ in range(4)]
    assert sizes[0] > 3000
    assert sizes[3] < 1800


def test_quality_rises_in_small_steps() -> None:
    random.seed(13)
    controller = RateQualityController(max_quality=1.0)
    for _ in range(20):
        code(controller, 300)
    low, _ = code(controller, 300)
    rise = [code(controller, 3000)[0] for _ in range(3)]
    assert rise[0] <= low + MAX_RISE and rise[2] <= low + 3 * MAX_RISE


def test_keyframes_are_learnt_apart() -> None:
    random.seed(14)
    controller = RateQualityController(max_quality=1.0)
    for _ in range(10):
        quality = controller.next_quality(keyframe=True, payload_bytes=6000)
        size = coded_bytes(quality, keyframe=True)
        controller.frame_coded(payload_bytes=size, quality=quality, keyframe=True)
        code(controller, 300)
    assert 4500 < size < 7500


def test_impossible_wishes_are_refused() -> None:
    with pytest.raises(ValueError, match="needs to be"):
        RateQualityController(max_quality=1.1)


def test_a_codec_with_few_steps_can_climb() -> None:
    controller, used = RateQualityController(max_quality=1.0), 1 / 15
    for _ in range(200):
        asked = controller.next_quality(keyframe=False, payload_bytes=2000)
        if abs(asked - used) > 1.5 / 15:  # a change costs a keyframe, so small ones are not made
            used = round(15 * asked) / 15
        controller.frame_coded(payload_bytes=round(100 * 2 ** (5 * used)), quality=used, keyframe=False)
    assert abs(100 * 2 ** (5 * used) - 2000) < 800
