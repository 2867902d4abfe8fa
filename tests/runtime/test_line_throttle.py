"""What a flood of lines leaves of itself in a log."""

from __future__ import annotations

from narrowcast.runtime.line_throttle import LineThrottle, peer_throttle
from narrowcast.runtime.reporting import Notice

SECOND_US = 1_000_000


def test_one_line_of_a_kind_and_minute_with_the_number_of_the_others() -> None:
    throttle = LineThrottle()
    lines = [throttle.line("full", "full", second * SECOND_US) for second in range(130)]
    assert [line for line in lines if line] == ["full", "full (and 59 others before)"] + [
        "full (and 59 others before)"
    ]


def test_kinds_do_not_hide_each_other() -> None:
    throttle = LineThrottle()
    assert [throttle.line(kind, kind, 5) for kind in "abab"] == ["a", "b", None, None]


def test_a_burst_goes_through_and_its_allowance_comes_back_bit_by_bit() -> None:
    throttle = LineThrottle(burst=3, interval_us=10 * SECOND_US)
    assert [throttle.line(0, "x", 0) for _ in range(5)] == ["x", "x", "x", None, None]
    assert throttle.line(0, "x", 9 * SECOND_US) is None
    assert throttle.line(0, "x", 10 * SECOND_US) == "x (and 3 others before)"
    assert throttle.line(0, "x", 11 * SECOND_US) is None
    late = [throttle.line(0, "x", 500 * SECOND_US) for _ in range(4)]
    assert late == ["x (and 1 others before)", "x", "x", None]


def test_a_meeting_is_told_and_a_flood_is_not() -> None:
    throttle, told = peer_throttle(), []
    for number in range(1118):  # in five seconds
        notice = throttle.notice("joined", Notice(f"receiver {number} joined", url="u"), number * 4472)
        if notice is not None:
            told.append(notice)
    assert [notice.text for notice in told] == [f"receiver {number} joined" for number in range(20)]
    assert told[0].url == "u"
    late = throttle.notice("joined", Notice("receiver 5000 joined"), 60 * SECOND_US)
    assert late is not None and late.text == "receiver 5000 joined (and 1098 others before)"
