"""The clock estimate holds its own error bound, through jitter, asymmetry and skew."""

from __future__ import annotations

import random

import pytest

from narrowcast.protocol.rate.clock import ClockEstimator

OFFSET_US = 5_000_000_000


def exchange(clock: ClockEstimator, at_us: int, there_us: int, back_us: int, skew: float = 0.0) -> None:
    def remote(local_us: int) -> int:
        return round(OFFSET_US + local_us * (1 + skew))

    received_us, sent_us = at_us + there_us, at_us + there_us + 300
    assert clock.add_exchange(
        ping_sent_local_us=at_us,
        ping_received_sender_us=remote(received_us),
        pong_sent_sender_us=remote(sent_us),
        pong_received_local_us=sent_us + back_us,
    )


def test_nothing_is_known_before_the_first_exchange() -> None:
    clock = ClockEstimator()
    assert clock.offset_us(0) is None
    assert clock.error_us(0) is None
    assert clock.local_us(5, 0) is None
    assert clock.recent_min_rtt_us is None


def test_symmetric_exchange_is_exact_and_bounded_by_half_the_round_trip() -> None:
    clock = ClockEstimator()
    exchange(clock, 1_000_000, 4000, 4000)
    assert clock.offset_us(1_008_300) == OFFSET_US
    assert clock.rtt_us == clock.recent_min_rtt_us == 8000
    assert clock.error_us(1_004_150) == 4000
    assert clock.local_us(OFFSET_US + 123, 1_008_300) == 123


def test_queues_on_one_way_do_not_move_the_estimate() -> None:
    random.seed(3)
    clock = ClockEstimator()
    for second in range(20):
        queue_us = 0 if second % 7 == 3 else random.randint(20_000, 300_000)
        exchange(clock, second * 1_000_000, 3000 + queue_us, 3000)
    offset_us, error_us = clock.offset_us(20_000_000), clock.error_us(20_000_000)
    assert offset_us is not None and error_us is not None
    assert abs(offset_us - OFFSET_US) <= error_us < 6000


def test_skew_is_fitted_and_the_error_holds_minutes_later() -> None:
    random.seed(4)
    skew = 80e-6
    clock = ClockEstimator()
    for second in range(300):
        exchange(
            clock, second * 1_000_000, 2000 + random.randint(0, 400), 2000 + random.randint(0, 400), skew
        )
    for now_us in (300_000_000, 330_000_000):
        true_us = OFFSET_US + skew * now_us
        offset_us, error_us = clock.offset_us(now_us), clock.error_us(now_us)
        assert offset_us is not None and error_us is not None
        assert abs(offset_us - true_us) < 300
        assert abs(offset_us - true_us) <= error_us < 3500


def test_impossible_times_are_refused() -> None:
    clock = ClockEstimator()
    for times in ((0, 10, 5, 100), (100, 0, 0, 50), (0, 0, 500, 100), (0, 0, 0, 61_000_000)):
        sent, received, answered, back = times
        assert not clock.add_exchange(
            ping_sent_local_us=sent,
            ping_received_sender_us=received,
            pong_sent_sender_us=answered,
            pong_received_local_us=back,
        )
    assert clock.offset_us(0) is None


@pytest.mark.parametrize("skew", [200e-6, -200e-6, 0.0])
@pytest.mark.parametrize(
    ("there_us", "back_us"), [(40_000, 40_000), (10_000, 90_000), (150_000, 5_000), (200, 200)]
)
def test_the_error_bar_contains_the_truth_under_skew_asymmetry_and_queues(
    skew: float, there_us: int, back_us: int
) -> None:
    random.seed(6)
    clock = ClockEstimator()
    for second in range(240):
        now_us = second * 1_000_000
        queues_us = [random.choice([0, random.randint(0, 150_000)]) for _ in range(2)]
        exchange(clock, now_us, there_us + queues_us[0], back_us + queues_us[1], skew)
        # Right after the exchange, and at any time until the next one.
        for later_us in (500_000, 999_000):
            true_us = OFFSET_US + skew * (now_us + later_us)
            offset_us, error_us = clock.offset_us(now_us + later_us), clock.error_us(now_us + later_us)
            assert offset_us is not None and error_us is not None
            assert abs(offset_us - true_us) <= error_us
    last_error_us = clock.error_us(240_000_000)
    assert last_error_us is not None and last_error_us <= 1.2 * (there_us + back_us) / 2 + 12_000


@pytest.mark.parametrize("jump_us", [3_600_000_000, -250_000])
def test_a_clock_that_jumped_is_noticed_with_the_next_exchange(jump_us: int) -> None:
    clock = ClockEstimator()
    for second in range(60):
        exchange(clock, second * 1_000_000, 4000, 4000)
    exchange_with_jump = 60_000_000
    assert clock.add_exchange(
        ping_sent_local_us=exchange_with_jump,
        ping_received_sender_us=OFFSET_US + jump_us + exchange_with_jump + 4000,
        pong_sent_sender_us=OFFSET_US + jump_us + exchange_with_jump + 4300,
        pong_received_local_us=exchange_with_jump + 8300,
    )
    offset_us = clock.offset_us(60_010_000)
    assert offset_us is not None and abs(offset_us - OFFSET_US - jump_us) <= 4000


def test_the_shortest_recent_round_trip_follows_a_new_route() -> None:
    clock = ClockEstimator()
    for second in range(40):
        way_us = 4000 if second < 20 else 200_000
        exchange(clock, second * 1_000_000, way_us, way_us)
    assert clock.recent_min_rtt_us == 400_000
