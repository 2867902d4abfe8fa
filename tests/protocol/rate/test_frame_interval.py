"""Frames on a thin link: fewer and larger ones, without flapping."""

from __future__ import annotations

import pytest

from protocol.rate.frame_interval import MAX_STRETCH, MIN_WIRE_BYTES, FrameInterval

INTERVAL_US = 66_667


@pytest.mark.parametrize(
    ("kbps", "stretch"), [(None, 1), (1000, 1), (64, 1), (36.1, 1), (32, 2), (16, 3), (1, MAX_STRETCH)]
)
def test_a_thin_link_gets_fewer_frames(kbps: float | None, stretch: int) -> None:
    rate_bps = None if kbps is None else 1000 * kbps
    assert FrameInterval().stretched_us(INTERVAL_US, rate_bps) == stretch * INTERVAL_US


def test_each_frame_has_enough_bytes() -> None:
    for kbps in range(10, 100):
        interval_us = FrameInterval().stretched_us(INTERVAL_US, 1000.0 * kbps)
        assert interval_us / 1e6 * 1000 * kbps / 8 >= MIN_WIRE_BYTES


def test_a_rate_that_wavers_about_the_limit_does_not_flap() -> None:
    interval = FrameInterval()
    paces = {interval.stretched_us(INTERVAL_US, 1000 * kbps) for kbps in (35, 37, 34, 40, 36, 44)}
    assert paces == {2 * INTERVAL_US}
    assert interval.stretched_us(INTERVAL_US, 50_000) == INTERVAL_US
