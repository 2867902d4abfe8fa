"""The quality controller holds its cap on scenes whose cost changes, and uses it up."""

from __future__ import annotations

import random

import pytest

from protocol.rate_control import BitsModel, QualityConfig, QualityController
from protocol.wire_size import frame_wire_bytes


def coded_bytes(quality: float, *, keyframe: bool, activity: float) -> int:
    """A coder's bits: exponential in quality, scaled by what happens in the scene, with noise."""
    base = 2500 if keyframe else 150 * activity
    return round(base * 2 ** (4.2 * quality) * random.uniform(0.85, 1.15))


def run(
    controller: QualityController, seconds: int, activity: float, budget_bps: float | None = None
) -> float:
    """Code a scene for some seconds; return the kbit/s on the wire."""
    wire_bytes = 0
    for index in range(seconds * 15):
        now_us = index * 66_667
        if not controller.ready(budget_bps, now_us):
            continue
        keyframe = index % 150 == 0
        quality = controller.next_quality(keyframe=keyframe, budget_bps=budget_bps, now_us=now_us)
        assert 0.0 <= quality <= controller.config.quality
        payload_bytes = coded_bytes(quality, keyframe=keyframe, activity=activity)
        controller.frame_coded(payload_bytes=payload_bytes, quality=quality, keyframe=keyframe, now_us=now_us)
        wire_bytes += frame_wire_bytes(payload_bytes)
    return 8e-3 * wire_bytes / seconds


def test_without_a_cap_the_quality_is_the_one_asked_for() -> None:
    controller = QualityController(config=QualityConfig(quality=0.7))
    assert controller.ready(None, 0)
    assert controller.next_quality(keyframe=True, budget_bps=None, now_us=0) == 0.7
    assert controller.target_bps(None) is None


def test_the_lower_of_cap_and_budget_is_the_target() -> None:
    controller = QualityController(config=QualityConfig(max_kbps=100))
    assert controller.target_bps(None) == 100_000
    assert controller.target_bps(64_000) == 64_000
    assert controller.target_bps(200_000) == 100_000


@pytest.mark.parametrize("activity", [1.0, 3.0])
def test_cap_is_held_and_used(activity: float) -> None:
    random.seed(11)
    controller = QualityController(config=QualityConfig(quality=1.0, max_kbps=120, fps=15))
    kbps = run(controller, 20, activity)
    assert 0.75 * 120 < kbps < 1.08 * 120


def test_budget_of_the_link_is_held_too() -> None:
    random.seed(12)
    controller = QualityController(config=QualityConfig(quality=1.0, fps=15))
    assert run(controller, 20, 2.0, budget_bps=80_000) < 1.08 * 80


def test_frame_rate_gives_way_when_the_lowest_quality_is_too_much() -> None:
    random.seed(13)
    controller = QualityController(config=QualityConfig(quality=1.0, max_kbps=30, fps=15))
    kbps = run(controller, 30, 8.0)
    assert kbps < 1.15 * 30


def test_model_learns_base_and_slope() -> None:
    model = BitsModel()
    for quality in (0.2, 0.5, 0.8, 0.3, 0.6, 0.9, 0.1, 0.4):
        model.learn(quality, round(1000 * 2 ** (5 * quality)))
    assert abs(model.octaves - 5) < 0.4
    assert abs(model.quality_for(1000 * 2**2.5) - 0.5) < 0.02


def test_impossible_wishes_are_refused() -> None:
    for wrong in ({"quality": 1.1}, {"max_kbps": -1.0}, {"fps": 0.0}):
        with pytest.raises(ValueError, match="needs to be"):
            QualityConfig(**wrong)
