"""Tests of runtime/notice_throttle.py."""

from __future__ import annotations

from runtime.notice_throttle import MAX_NOTICES, WINDOW_US, NoticeThrottle
from runtime.reporting import Notice


def test_a_thousand_notices_in_a_second_are_a_few_and_a_count() -> None:
    throttle = NoticeThrottle()
    told = [throttle.take(Notice(f"receiver {number} joined"), 1000 * number) for number in range(1000)]
    assert [len(notices) for notices in told] == MAX_NOTICES * [1] + (1000 - MAX_NOTICES) * [0]
    late = throttle.take(Notice("receiver 1000 joined"), WINDOW_US)
    assert [notice.text for notice in late] == [
        f"{1000 - MAX_NOTICES} lines like the next one were left out",
        "receiver 1000 joined",
    ]


def test_one_now_and_then_is_always_told() -> None:
    throttle = NoticeThrottle()
    for number in range(3 * MAX_NOTICES):
        assert len(throttle.take(Notice("a receiver joined"), number * WINDOW_US // MAX_NOTICES)) == 1
