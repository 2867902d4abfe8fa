"""A condition begins and ends once, however it flickers."""

from __future__ import annotations

from narrowcast.receiver.events.condition import Condition
from narrowcast.receiver.events.event import EventKind, EventState


def states(condition: Condition, seen: list[bool], step_us: int = 100) -> list[tuple[int, EventState]]:
    return [
        (number, event.state)
        for number, now in enumerate(seen)
        for event in condition.update(now, number * step_us)
    ]


def test_it_has_to_hold_without_a_break_and_to_be_over_without_one() -> None:
    condition = Condition(EventKind.BLACK, begin_us=300, end_us=200)
    seen = [True, True, False, True, True, True, True, False, True, False, False, False]
    assert states(condition, seen) == [(6, EventState.BEGIN), (11, EventState.END)]


def test_an_end_tells_how_long_it_was_from_when_it_was_first_seen() -> None:
    condition = Condition(EventKind.BLACK, begin_us=1_000_000, end_us=0)
    condition.update(True, 500_000)
    (begin,) = condition.update(True, 1_500_000)
    assert begin.at_us == 1_500_000 and begin.seconds is None
    (end,) = condition.update(False, 4_500_000, "why")
    assert (end.seconds, end.detail) == (4.0, "why")


def test_it_can_be_ended_at_once_and_only_where_it_had_begun() -> None:
    condition = Condition(EventKind.BLACK, begin_us=0, end_us=1000)
    assert condition.end(5) == []
    condition.update(True, 10)
    (end,) = condition.end(20)
    assert end.state is EventState.END and not condition.active
