"""ACK samples, and the target of one link: found, held, lowered and raised again."""

from __future__ import annotations

from narrowcast.protocol.rate.bandwidth import (
    MIN_RTT_WINDOW_US,
    START_BPS,
    AckSample,
    AckSampler,
    BandwidthEstimate,
)


def drive(
    estimate: BandwidthEstimate, link_bps: float, seconds: float, *, from_us: int = 0, rtt_us: int = 40_000
) -> int:
    """Send a frame every 66.7 ms at the target rate over a serial link; returns the time at the end."""
    sent_us, free_us = from_us, from_us
    while sent_us < from_us + 1e6 * seconds:
        wire_bytes = max(100, round(estimate.target_bps / 8 / 15))
        start_us = max(sent_us + rtt_us, free_us)
        free_us = start_us + round(8e6 * wire_bytes / link_bps)
        estimate.add(AckSample(sent_us=sent_us, start_us=start_us, arrived_us=free_us, wire_bytes=wire_bytes))
        # One frame may wait behind the one under way.
        sent_us = max(sent_us + 66_667, free_us - 66_667)
    return sent_us


def test_a_thin_link_is_found_and_held_below_its_rate() -> None:
    estimate = BandwidthEstimate()
    assert estimate.target_bps == START_BPS
    now_us = drive(estimate, 32_000, 10)
    for _ in range(20):
        now_us = drive(estimate, 32_000, 1, from_us=now_us)
        assert 0.75 * 32_000 < estimate.target_bps < 1.15 * 32_000


def test_four_times_the_rate_is_used_after_five_seconds() -> None:
    estimate = BandwidthEstimate()
    now_us = drive(estimate, 64_000, 20)
    drive(estimate, 256_000, 5, from_us=now_us)
    assert estimate.target_bps > 0.65 * 256_000


def test_a_quarter_of_the_rate_is_accepted_at_once() -> None:
    estimate = BandwidthEstimate()
    now_us = drive(estimate, 256_000, 20)
    now_us = drive(estimate, 64_000, 1.5, from_us=now_us)
    assert estimate.target_bps < 70_000


def test_one_late_frame_costs_little_and_is_soon_forgotten() -> None:
    estimate = BandwidthEstimate()
    now_us = drive(estimate, 128_000, 20)
    before_bps = estimate.target_bps
    stalled = AckSample(sent_us=now_us, start_us=now_us, arrived_us=now_us + 1_200_000, wire_bytes=900)
    estimate.add(stalled)
    assert estimate.target_bps >= before_bps / 3
    drive(estimate, 128_000, 3, from_us=now_us + 1_200_000)
    assert estimate.target_bps > 0.7 * 128_000


def test_a_target_that_is_not_used_does_not_grow() -> None:
    estimate = BandwidthEstimate()
    for index in range(100):
        at_us = index * 66_667
        estimate.add(
            AckSample(sent_us=at_us, start_us=at_us + 20_000, arrived_us=at_us + 21_000, wire_bytes=100)
        )
    assert estimate.target_bps == START_BPS


def test_a_cable_is_known_by_its_first_large_frame_and_a_token_bucket_is_none() -> None:
    estimate = BandwidthEstimate()
    estimate.add(AckSample(sent_us=0, start_us=300, arrived_us=3300, wire_bytes=3500))
    assert estimate.target_bps > 4e6
    bursty = BandwidthEstimate()
    bursty.add(AckSample(sent_us=0, start_us=300, arrived_us=200_300, wire_bytes=3500))
    bursty.add(AckSample(sent_us=300_000, start_us=300_300, arrived_us=300_400, wire_bytes=900))
    assert bursty.target_bps < 2 * START_BPS


def test_a_link_whose_connection_was_lost_begins_lower_and_is_soon_back() -> None:
    estimate = BandwidthEstimate()
    now_us = drive(estimate, 128_000, 20)
    before_bps = estimate.target_bps
    estimate.connection_lost()
    assert estimate.target_bps == before_bps / 4
    drive(estimate, 128_000, 4, from_us=now_us)
    assert estimate.target_bps > 0.7 * 128_000


def test_there_is_no_sample_until_a_ping_tells_a_long_link_from_a_slow_one() -> None:
    sampler = AckSampler()
    assert sampler.min_rtt_us is None
    assert sampler.sample(sent_us=0, arrived_us=175_000, wire_bytes=1000) is None
    sampler.ping_rtt(50_000, 200_000)
    assert sampler.min_rtt_us == 50_000
    sample = sampler.sample(sent_us=200_000, arrived_us=375_000, wire_bytes=1000)
    assert sample is not None and sample.transmission_us == 125_000


def test_waiting_for_another_frame_is_no_transmission_time() -> None:
    sampler = AckSampler()
    sampler.ping_rtt(50_000, 0)
    sampler.sample(sent_us=0, arrived_us=175_000, wire_bytes=1000)
    sample = sampler.sample(sent_us=20_000, arrived_us=300_000, wire_bytes=1000)
    assert sample is not None and sample.transmission_us == 125_000


def test_a_longer_route_is_believed_after_a_while() -> None:
    sampler = AckSampler()
    sampler.ping_rtt(30_000, 0)
    sampler.ping_rtt(400_000, 1_000_000)
    assert sampler.min_rtt_us == 30_000
    sampler.ping_rtt(410_000, MIN_RTT_WINDOW_US + 1)
    assert sampler.min_rtt_us == 400_000
