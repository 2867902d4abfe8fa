"""A receiver that comes back finds its estimate; so many are kept."""

from __future__ import annotations

from narrowcast.protocol.rate.bandwidth import START_BPS, BandwidthEstimate
from narrowcast.protocol.rate.bandwidth_memory import MAX_REMEMBERED, BandwidthMemory


def test_an_estimate_is_given_back_once_to_its_own_receiver() -> None:
    memory = BandwidthMemory()
    estimate = BandwidthEstimate()
    memory.keep(7, estimate)
    assert memory.take(8).target_bps == START_BPS
    assert memory.take(7) is estimate
    assert memory.take(7) is not estimate


def test_the_oldest_estimate_is_forgotten_first() -> None:
    memory = BandwidthMemory()
    estimates = [BandwidthEstimate() for _ in range(MAX_REMEMBERED + 1)]
    for instance, estimate in enumerate(estimates):
        memory.keep(instance, estimate)
    assert memory.take(0) is not estimates[0]
    assert memory.take(1) is estimates[1]
