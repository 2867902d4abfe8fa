"""Link up and down, and a camera that takes no new pictures."""

from __future__ import annotations

import pytest

from narrowcast.receiver.events.event import Event
from narrowcast.receiver.events.link_watch import LinkWatch

SECOND_US = 1_000_000
FROZEN_US = 10 * SECOND_US


def names(events: list[Event]) -> list[str]:
    return [f"{event.kind.value} {event.state.value}" for event in events]


def linked(fps: float = 15.0) -> LinkWatch:
    watch = LinkWatch(FROZEN_US)
    assert names(watch.link_up(fps, 0)) == ["link begin"]
    return watch


def test_a_link_comes_and_goes_once() -> None:
    watch = linked()
    assert watch.linked and watch.link_up(15.0, SECOND_US) == []
    (down,) = watch.link_down("the sender was stopped", 3 * SECOND_US)
    assert names([down]) == ["link end"] and down.seconds == 3.0 and down.detail == "the sender was stopped"
    assert watch.link_down("again", 4 * SECOND_US) == [] and not watch.linked


def test_a_camera_that_takes_no_new_picture_is_frozen_until_it_does() -> None:
    watch = linked()
    watch.picture(100, SECOND_US)
    assert watch.check(SECOND_US + FROZEN_US - 1) == []
    (frozen,) = watch.check(SECOND_US + FROZEN_US)
    assert names([frozen]) == ["frozen begin"] and "10 s" in frozen.detail
    assert watch.check(30 * SECOND_US) == []
    assert watch.picture(100, 31 * SECOND_US) == [], "the same picture once more is no new one"
    assert names(watch.picture(200, 32 * SECOND_US)) == ["frozen end"]


def test_new_pictures_that_are_equal_are_not_frozen() -> None:
    watch = linked()
    for number in range(600):
        at_us = number * 66_667
        assert watch.picture(number * 66_667, at_us) == [] and watch.check(at_us) == []


def test_a_camera_that_gives_no_first_picture_is_frozen_too() -> None:
    assert names(linked().check(FROZEN_US)) == ["frozen begin"]


@pytest.mark.parametrize("fps", [1 / 60, 15.0])
def test_a_source_with_a_picture_a_minute_is_not(fps: float) -> None:
    # The pace that a sender tells has a lower limit; then the pictures themselves show it.
    watch = linked(fps)
    told = []
    for number in range(10):
        told += watch.picture(number * 60 * SECOND_US, number * 60 * SECOND_US)
        if number > 1 or fps < 1:
            told += watch.check((number + 1) * 60 * SECOND_US - 1)
    assert told == []


def test_without_a_link_nothing_is_frozen() -> None:
    watch = linked()
    watch.picture(1, 0)
    watch.check(FROZEN_US)
    assert names(watch.link_down("gone", 2 * FROZEN_US)) == ["frozen end", "link end"]
    assert watch.check(9 * FROZEN_US) == []
