"""The cap holds over any two seconds, and nearly all of it is used."""

from __future__ import annotations

import random

from narrowcast.protocol.rate.wire_cap import CAP_INTERVAL_US, WINDOW_US, WireCap


def test_without_a_cap_there_is_always_room() -> None:
    cap = WireCap(0.0)
    cap.count(10**9, 0, frame=True)
    assert cap.ready_us(10**9, 5) == 5
    assert cap.frame_bps(5) is None
    assert cap.free_bytes(5) == float("inf")


def test_any_two_seconds_hold_what_the_cap_allows_and_nearly_all_of_it_is_used() -> None:
    random.seed(5)
    cap = WireCap(48.0)
    sent: list[tuple[int, int]] = []
    now_us = 0
    while now_us < 20_000_000:
        wire_bytes = random.randint(100, 3000)
        now_us = cap.ready_us(wire_bytes, now_us)
        cap.count(wire_bytes, now_us, frame=True)
        sent.append((now_us, wire_bytes))
        now_us += 1000
    for start_us, _ in sent:
        in_window = sum(size for at_us, size in sent if start_us <= at_us < start_us + CAP_INTERVAL_US)
        assert in_window <= 48 * 250
    total = sum(size for _, size in sent)
    assert total > 0.85 * 48 * 125 * 20


def test_what_never_fits_goes_with_an_empty_window() -> None:
    cap = WireCap(8.0)
    cap.count(500, 0, frame=True)
    assert cap.ready_us(50_000, 100) == WINDOW_US


def test_frames_get_what_the_rest_leaves() -> None:
    cap = WireCap(48.0)
    alone = cap.frame_bps(0)
    cap.count(2400, 0, frame=False)
    cap.count(2400, 0, frame=True)
    beside = cap.frame_bps(0)
    assert alone is not None and beside is not None
    assert round(beside / alone, 3) == 0.8
    assert cap.free_bytes(0) == 12_000 - 4800
    assert cap.frame_bps(WINDOW_US) == alone
