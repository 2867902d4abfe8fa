"""When a frame may be coded and what it may take, under a link's budget and under the cap."""

from __future__ import annotations

import pytest

from narrowcast.protocol.rate.rate_control import (
    KEYFRAME_S,
    LIMIT_S,
    MAX_SHARE,
    MIN_WIRE_BYTES,
    STRETCHES,
    FrameSpacing,
    FrameThinning,
    LeakyBucket,
    RateController,
)
from narrowcast.protocol.rate.wire_cap import WireCap
from narrowcast.protocol.wire.sizes import frame_overhead_bytes

INTERVAL_US = 66_667
SPACING = FrameSpacing(interval_us=INTERVAL_US, paired=False)
RATE_BPS = 60_000.0


def ready(controller: RateController, now_us: int, *, keyframe: bool = False, copies: int = 1) -> int:
    return controller.ready_us(
        RATE_BPS, keyframe=keyframe, copies=copies, interval_us=INTERVAL_US, now_us=now_us
    )


def allowance(controller: RateController, now_us: int, *, keyframe: bool = False) -> float:
    payload = controller.payload_allowance(
        RATE_BPS, keyframe=keyframe, copies=1, spacing=SPACING, now_us=now_us
    )
    assert payload is not None
    return payload + frame_overhead_bytes()


def test_without_a_rate_nothing_waits_and_nothing_is_bounded() -> None:
    controller = RateController(WireCap(0.0))
    assert controller.rate_bps(None, 1, 0) is None
    assert controller.ready_us(None, keyframe=False, copies=1, interval_us=1, now_us=7) == 7
    assert controller.payload_allowance(None, keyframe=True, copies=1, spacing=SPACING, now_us=7) is None


def test_the_lower_of_budget_and_share_of_the_cap_is_the_rate() -> None:
    controller = RateController(WireCap(100.0))
    alone = controller.rate_bps(None, 1, 0)
    shared = controller.rate_bps(None, 4, 0)
    assert alone is not None and 90_000 < alone < 100_000
    assert shared == alone / 4
    assert controller.rate_bps(50_000.0, 1, 0) == 50_000


def test_frames_that_take_too_much_even_at_the_lowest_quality_thin_out_to_the_rate() -> None:
    controller = RateController(WireCap(0.0))
    now_us, sent = 0, 0
    while now_us < 20_000_000:
        now_us = ready(controller, now_us)
        controller.sent(1000, RATE_BPS, keyframe=False, quality=0.0)
        sent += 1000
        now_us += 5000
    assert 0.97 * RATE_BPS < 8 * sent / 20 < 1.05 * RATE_BPS


def test_an_inter_frame_gets_its_share_more_or_less_as_the_bucket_says() -> None:
    controller = RateController(WireCap(0.0))
    share = RATE_BPS / 8 * INTERVAL_US / 1e6
    assert share < allowance(controller, 0) <= MAX_SHARE * share + 1e-6
    for _ in range(3):
        controller.sent(1000, RATE_BPS, keyframe=False, quality=0.5)
    assert allowance(controller, 0) < share
    assert allowance(controller, 400_000) > share


def test_a_keyframe_gets_half_a_second_and_less_after_another() -> None:
    controller = RateController(WireCap(0.0))
    assert allowance(controller, 0, keyframe=True) == KEYFRAME_S * RATE_BPS / 8
    controller.sent(3750, RATE_BPS, keyframe=True, quality=0.5)
    assert allowance(controller, 0, keyframe=True) < KEYFRAME_S * RATE_BPS / 8
    assert ready(controller, 0) > 0


def test_a_frame_is_not_coded_before_the_cap_has_room_for_it() -> None:
    cap = WireCap(60.0)
    controller = RateController(cap)
    cap.count(14_000, 0, frame=True)
    assert ready(controller, 1000) == 1000
    assert ready(controller, 1000, keyframe=True) > 2_000_000
    controller.sent(1600, RATE_BPS, keyframe=False, quality=0.0)
    assert ready(controller, 1000) > 2_000_000


def test_the_bucket_keeps_its_seconds_at_a_lower_rate_and_its_bits_at_a_higher_one() -> None:
    bucket = LeakyBucket()
    bucket.leak(RATE_BPS, 0)
    bucket.level_s = LIMIT_S
    bucket.leak(RATE_BPS / 4, 100_000)
    assert round(bucket.level_s, 6) == round(LIMIT_S - 0.1, 6)
    bucket.leak(RATE_BPS / 2, 100_000)
    assert round(bucket.level_s, 6) == round((LIMIT_S - 0.1) / 2, 6)
    bucket.leak(RATE_BPS, 10_000_000)
    assert bucket.level_s == 0.0


@pytest.mark.parametrize(
    ("kbps", "stretch", "paired"),
    [
        (None, 1, False),
        (1000, 1, False),
        (64, 1, False),
        (36.1, 1, False),
        (32, 1, True),
        (16.9, 1, True),
        (16, 1.5, True),
        (10, 2, True),
        (7, 3, True),
        (1, STRETCHES[-1], True),
    ],
)
def test_on_a_thin_link_frames_share_messages_and_then_become_fewer(
    kbps: float | None, stretch: float, paired: bool
) -> None:
    rate_bps = None if kbps is None else 1000 * kbps
    expected = FrameSpacing(interval_us=round(stretch * INTERVAL_US), paired=paired)
    assert FrameThinning().spacing(INTERVAL_US, rate_bps) == expected


def test_each_frame_has_enough_bytes() -> None:
    for kbps in range(5, 100):
        spacing = FrameThinning().spacing(INTERVAL_US, 1000.0 * kbps)
        assert spacing.interval_us / 1e6 * 1000 * kbps / 8 >= MIN_WIRE_BYTES


def test_a_rate_near_a_limit_does_not_change_the_spacing_all_the_time() -> None:
    thinning = FrameThinning()
    near = {thinning.spacing(INTERVAL_US, 1000 * kbps) for kbps in (35, 37, 34, 40, 36, 44)}
    assert near == {FrameSpacing(interval_us=INTERVAL_US, paired=True)}
    assert not thinning.spacing(INTERVAL_US, 50_000).paired
    near = {thinning.spacing(INTERVAL_US, 1000 * kbps) for kbps in (16, 18, 15, 20)}
    assert near == {FrameSpacing(interval_us=round(1.5 * INTERVAL_US), paired=True)}


def test_a_pair_saves_half_of_the_headers() -> None:
    rates = RateController(WireCap(0.0))
    paired = FrameSpacing(interval_us=INTERVAL_US, paired=True)
    bytes_alone, bytes_paired = (rates.usual_payload(RATE_BPS, spacing) for spacing in (SPACING, paired))
    assert bytes_alone is not None and bytes_paired is not None
    assert bytes_paired - bytes_alone == (66 + 2 + 8) - (66 + 2 + 3 + 2 * 8) / 2
