"""Delivery rate from frames of mixed sizes, apart from the distance."""

from __future__ import annotations

import random

from protocol.delivery import DeliveryRateEstimator, DeliverySample


def sample(acked_us: int, wire_bytes: int, rate_bps: float, rtt_us: int) -> DeliverySample:
    elapsed_us = rtt_us + round(8e6 * wire_bytes / rate_bps)
    return DeliverySample(acked_us=acked_us, wire_bytes=wire_bytes, elapsed_us=elapsed_us)


def test_unknown_until_the_base_round_trip_is_known() -> None:
    delivery = DeliveryRateEstimator()
    assert delivery.min_rtt_us is None
    delivery.add(sample(0, 1000, 64_000, 50_000))
    assert delivery.delivery_bps is None
    delivery.note_ping_rtt(50_000)
    assert delivery.delivery_bps is not None
    assert round(delivery.delivery_bps) == 64_000
    assert delivery.min_rtt_us == 50_000


def test_large_frames_outvote_small_ones_with_jitter() -> None:
    random.seed(1)
    delivery = DeliveryRateEstimator()
    delivery.note_ping_rtt(30_000)
    for index in range(60):
        size = 9000 if index % 20 == 0 else random.randint(300, 900)
        delivery.add(sample(index * 66_000, size, 128_000, 30_000 + random.randint(0, 6000)))
    assert delivery.delivery_bps is not None
    assert 100_000 < delivery.delivery_bps < 135_000


def test_a_link_that_changed_is_followed() -> None:
    delivery = DeliveryRateEstimator()
    delivery.note_ping_rtt(10_000)
    for index in range(300):
        rate_bps = 500_000 if index < 150 else 50_000
        delivery.add(sample(index * 66_000, 800, rate_bps, 10_000))
    assert delivery.delivery_bps is not None
    assert round(delivery.delivery_bps, -3) == 50_000
