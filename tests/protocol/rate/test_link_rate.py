"""The target of one link: found, held, given up and won back."""

from __future__ import annotations

from protocol.rate.delivery import Delivery
from protocol.rate.link_rate import START_BPS, LinkRate


def drive(rate: LinkRate, link_bps: float, seconds: float, *, from_us: int = 0, rtt_us: int = 40_000) -> int:
    """Send a frame every 66.7 ms at the rate's own target over a serial link; returns the time at the end."""
    sent_us, free_us = from_us, from_us
    while sent_us < from_us + 1e6 * seconds:
        wire_bytes = max(100, round(rate.target_bps / 8 / 15))
        start_us = max(sent_us + rtt_us, free_us)
        free_us = start_us + round(8e6 * wire_bytes / link_bps)
        rate.add(Delivery(sent_us=sent_us, start_us=start_us, arrived_us=free_us, wire_bytes=wire_bytes))
        # One frame may wait behind the one under way.
        sent_us = max(sent_us + 66_667, free_us - 66_667)
    return sent_us


def test_a_thin_link_is_found_and_held_below_its_rate() -> None:
    rate = LinkRate()
    assert rate.target_bps == START_BPS
    now_us = drive(rate, 32_000, 10)
    for _ in range(20):
        now_us = drive(rate, 32_000, 1, from_us=now_us)
        assert 0.75 * 32_000 < rate.target_bps < 1.15 * 32_000


def test_four_times_the_rate_is_used_after_five_seconds() -> None:
    rate = LinkRate()
    now_us = drive(rate, 64_000, 20)
    drive(rate, 256_000, 5, from_us=now_us)
    assert rate.target_bps > 0.65 * 256_000


def test_a_quarter_of_the_rate_is_accepted_at_once() -> None:
    rate = LinkRate()
    now_us = drive(rate, 256_000, 20)
    now_us = drive(rate, 64_000, 1.5, from_us=now_us)
    assert rate.target_bps < 70_000


def test_one_late_frame_costs_little_and_is_soon_forgotten() -> None:
    rate = LinkRate()
    now_us = drive(rate, 128_000, 20)
    before_bps = rate.target_bps
    stalled = Delivery(sent_us=now_us, start_us=now_us, arrived_us=now_us + 1_200_000, wire_bytes=900)
    rate.add(stalled)
    assert rate.target_bps >= before_bps / 3
    drive(rate, 128_000, 3, from_us=now_us + 1_200_000)
    assert rate.target_bps > 0.7 * 128_000


def test_a_target_that_is_not_used_does_not_grow() -> None:
    rate = LinkRate()
    for index in range(100):
        at_us = index * 66_667
        rate.add(Delivery(sent_us=at_us, start_us=at_us + 20_000, arrived_us=at_us + 21_000, wire_bytes=100))
    assert rate.target_bps == START_BPS


def test_a_cable_is_known_by_its_first_large_frame_and_a_token_bucket_is_none() -> None:
    rate = LinkRate()
    rate.add(Delivery(sent_us=0, start_us=300, arrived_us=3300, wire_bytes=3500))
    assert rate.target_bps > 4e6
    bursty = LinkRate()
    bursty.add(Delivery(sent_us=0, start_us=300, arrived_us=200_300, wire_bytes=3500))
    bursty.add(Delivery(sent_us=300_000, start_us=300_300, arrived_us=300_400, wire_bytes=900))
    assert bursty.target_bps < 2 * START_BPS


def test_a_link_that_broke_off_begins_lower_and_is_soon_back() -> None:
    rate = LinkRate()
    now_us = drive(rate, 128_000, 20)
    before_bps = rate.target_bps
    rate.broke_off()
    assert rate.target_bps == before_bps / 4
    drive(rate, 128_000, 4, from_us=now_us)
    assert rate.target_bps > 0.7 * 128_000
