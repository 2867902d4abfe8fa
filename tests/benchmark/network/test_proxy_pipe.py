"""A lane's verdicts, with times of our own."""

from __future__ import annotations

from random import Random

import pytest

from narrowcast.benchmark.network.proxy_pipe import CHUNK_BYTES, Lane, ProxyShape


def test_without_limits_a_chunk_arrives_at_once() -> None:
    lane = Lane(ProxyShape(), Random(0))
    assert lane.pause_s(5.0) == 0
    assert lane.arrival_s(CHUNK_BYTES, 5.0) == 5.0


def test_a_rate_sends_one_chunk_after_the_other_and_delay_comes_on_top() -> None:
    lane = Lane(ProxyShape(kbps=8, delay_ms=250), Random(0))
    assert lane.arrival_s(1000, 10.0) == pytest.approx(11.25)
    assert lane.arrival_s(500, 10.0) == pytest.approx(11.75)
    assert lane.arrival_s(500, 20.0) == pytest.approx(20.75)


def test_the_queue_takes_no_more_than_it_holds() -> None:
    lane = Lane(ProxyShape(kbps=8, queue_bytes=1000), Random(0))
    lane.arrival_s(1000, 10.0)
    assert lane.pause_s(10.0) == 0
    lane.arrival_s(1000, 10.0)
    assert lane.pause_s(10.0) == pytest.approx(1.0)
    assert lane.pause_s(11.0) == 0


def test_delay_alone_holds_nobody_up() -> None:
    lane = Lane(ProxyShape(delay_ms=600, queue_bytes=1000), Random(0))
    for _ in range(100):
        assert lane.pause_s(1.0) == 0
        assert lane.arrival_s(1000, 1.0) == pytest.approx(1.6)


def test_jitter_keeps_the_order() -> None:
    lane = Lane(ProxyShape(delay_ms=10, jitter_ms=100), Random(3))
    arrivals = [lane.arrival_s(100, 0.001 * number) for number in range(200)]
    assert arrivals == sorted(arrivals)
    assert arrivals[0] >= 0.01
    assert 0.1 < max(arrivals) <= 0.001 * 200 + 0.11


def test_a_new_shape_counts_from_the_next_chunk_on() -> None:
    lane = Lane(ProxyShape(kbps=8), Random(0))
    lane.arrival_s(1000, 0.0)
    lane.shape = ProxyShape(kbps=80)
    assert lane.arrival_s(1000, 0.0) == pytest.approx(1.1)
