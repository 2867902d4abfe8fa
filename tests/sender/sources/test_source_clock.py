"""Tests of sender/sources/source_clock.py."""

from __future__ import annotations

import threading

from narrowcast.sender.sources.source_clock import Clock, SourceClock


def test_waits_until_the_time_has_come() -> None:
    clock: Clock = SourceClock()
    due_us = clock.now_us() + 2_000
    assert clock.wait_until(due_us)
    assert clock.now_us() >= due_us
    assert clock.wait_until(due_us - 1_000_000), "a time that has passed is not waited for"


def test_stop_ends_a_wait_from_another_thread() -> None:
    clock = SourceClock()
    results: list[bool] = []
    waiting = threading.Thread(target=lambda: results.append(clock.wait_until(clock.now_us() + 60_000_000)))
    waiting.start()
    clock.stop()
    waiting.join(10)
    assert results == [False] and clock.stopped
    assert not clock.wait_until(0)
