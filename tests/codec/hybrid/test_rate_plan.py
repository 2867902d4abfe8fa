"""When the base layer's encoder is opened anew: rungs where nothing limits the bits, else a held bitrate."""

from __future__ import annotations

import pytest

from narrowcast.codec.api import BitBudget
from narrowcast.codec.hybrid.base_format import AV1, BASE_FORMATS, H264, BaseFormat
from narrowcast.codec.hybrid.base_layer import NOMINAL_FPS
from narrowcast.codec.hybrid.rate_plan import (
    BUDGET_SHARE,
    FREE_STEP,
    GENEROUS_BITS_A_PIXEL,
    HOLD_HIGHER,
    HOLD_LOWER,
    HOLD_MUCH_HIGHER,
    PATIENCE,
    RUNGS,
    QuantiserMeter,
    RatePlan,
    RatePlanner,
    crf_of,
    quality_of,
)

PIXELS = 640 * 360
BUDGET = BitBudget(bytes_a_frame=500, best_quality=0.5)


def scaled(factor: float) -> BitBudget:
    return BitBudget(bytes_a_frame=factor * BUDGET.bytes_a_frame, best_quality=BUDGET.best_quality)


def opened(planner: RatePlanner) -> RatePlan:
    plan = planner.next(0.5, BUDGET, keyframe=True)
    assert plan is not None
    return plan


def frames_until_opened(planner: RatePlanner, budget: BitBudget | None, *, spent: float) -> int | None:
    """Code frames that take a share of the budget; return when the encoder is opened anew."""
    for index in range(1000):
        if planner.next(0.5, budget, keyframe=False) is not None:
            return index
        planner.coded(round(spent * BUDGET.bytes_a_frame))
    return None


def test_a_budget_opens_with_its_bitrate_and_the_best_quality_that_is_wanted() -> None:
    plan = opened(RatePlanner(AV1, pixels=PIXELS))
    assert plan.bitrate_bps == pytest.approx(BUDGET_SHARE * 8 * NOMINAL_FPS * BUDGET.bytes_a_frame, abs=1)
    assert plan.crf == crf_of(AV1, BUDGET.best_quality)


def test_an_encoder_that_changes_for_free_follows_the_budget_and_is_never_opened_again() -> None:
    planner = RatePlanner(AV1, pixels=PIXELS)
    opened(planner)
    planner.changes_are_free = True
    for factor in (0.3, 3.0, 1.0):
        assert [planner.next(0.5, scaled(factor), keyframe=False) for _ in range(120)] == [None] * 120
        wanted_bps = BUDGET_SHARE * 8 * NOMINAL_FPS * factor * BUDGET.bytes_a_frame
        assert planner.plan is not None
        assert planner.plan.bitrate_bps == pytest.approx(wanted_bps, rel=FREE_STEP + 0.02)


def test_a_steady_budget_never_opens_again() -> None:
    planner = RatePlanner(AV1, pixels=PIXELS)
    opened(planner)
    assert frames_until_opened(planner, scaled(1.1), spent=1.0) is None
    assert frames_until_opened(planner, scaled(0.8), spent=1.0) is None


def test_a_link_that_sank_opens_soon_and_one_that_rose_later() -> None:
    planner = RatePlanner(AV1, pixels=PIXELS)
    opened(planner)
    lower = frames_until_opened(planner, scaled(0.4), spent=1.0)
    assert lower is not None and lower >= HOLD_LOWER - 1
    much_higher = frames_until_opened(planner, scaled(2.0), spent=0.4)
    assert much_higher is not None and HOLD_MUCH_HIGHER - 1 <= much_higher < 3 * HOLD_MUCH_HIGHER
    assert frames_until_opened(planner, scaled(2.9), spent=2.0) == HOLD_HIGHER - 1


def test_a_rise_that_failed_makes_the_next_one_wait() -> None:
    planner = RatePlanner(AV1, pixels=PIXELS)
    opened(planner)
    first = frames_until_opened(planner, scaled(2.0), spent=2.0)
    assert frames_until_opened(planner, scaled(0.8), spent=1.0) is not None
    second = frames_until_opened(planner, scaled(2.0), spent=2.0)
    assert first is not None and second is not None
    assert second > 3 * first


def test_a_scene_that_needs_no_more_is_left_alone() -> None:
    planner = RatePlanner(AV1, pixels=PIXELS)
    opened(planner)
    assert frames_until_opened(planner, scaled(3.0), spent=0.1) is None


def test_a_keyframe_that_is_due_anyway_takes_the_budget_of_the_moment() -> None:
    planner = RatePlanner(AV1, pixels=PIXELS)
    opened(planner)
    plan = planner.next(0.5, scaled(0.4), keyframe=True)
    assert plan is not None and plan.bitrate_bps is not None
    held_bps = BUDGET_SHARE * 8 * NOMINAL_FPS * BUDGET.bytes_a_frame
    assert plan.bitrate_bps == pytest.approx(0.4 * held_bps, rel=0.01)


def test_a_keyframe_does_not_trust_a_better_moment() -> None:
    planner = RatePlanner(AV1, pixels=PIXELS)
    opened(planner)
    assert planner.next(0.5, scaled(3.0), keyframe=True) is None


def test_where_bits_are_plenty_the_quality_decides() -> None:
    planner = RatePlanner(AV1, pixels=PIXELS)
    plenty = BitBudget(bytes_a_frame=GENEROUS_BITS_A_PIXEL * PIXELS / 8)
    assert planner.next(1.0, plenty, keyframe=True) == RatePlan(crf=AV1.crf_best)
    assert planner.next(0.98, plenty, keyframe=False) is None
    assert frames_until_opened(planner, BUDGET, spent=1.0) == 0
    assert frames_until_opened(planner, None, spent=1.0) == HOLD_MUCH_HIGHER - 1


def test_a_link_that_proves_wide_is_soon_given_the_whole_quality() -> None:
    planner = RatePlanner(AV1, pixels=PIXELS)
    opened(planner)
    assert frames_until_opened(planner, None, spent=1.0) == HOLD_MUCH_HIGHER - 1
    assert planner.plan == RatePlan(crf=crf_of(AV1, round(0.5 * (RUNGS - 1)) / (RUNGS - 1)))
    assert frames_until_opened(planner, BUDGET, spent=1.0) == 0
    assert frames_until_opened(planner, None, spent=1.0) == PATIENCE * HOLD_HIGHER - 1


@pytest.mark.parametrize("base", BASE_FORMATS, ids=lambda base: base.name)
def test_quality_and_rate_factor_are_each_others_inverse(base: BaseFormat) -> None:
    for crf in range(base.crf_best, base.crf_worst + 1):
        assert crf_of(base, quality_of(base, crf)) == crf


@pytest.mark.parametrize("base", BASE_FORMATS, ids=lambda base: base.name)
def test_the_meter_settles_on_a_steady_quantiser_and_starts_anew_at_a_keyframe(base: BaseFormat) -> None:
    meter = QuantiserMeter(base)
    for _ in range(40):
        settled = meter.coded(40, keyframe=False)
    assert abs(settled - 41.5) <= 1.5
    assert meter.coded(15, keyframe=True) < settled - 3


def test_the_meter_stays_on_the_ladder() -> None:
    meter = QuantiserMeter(H264)
    assert meter.coded(0, keyframe=True) == H264.crf_best
    assert [meter.coded(51, keyframe=False) for _ in range(50)][-1] == H264.crf_worst
