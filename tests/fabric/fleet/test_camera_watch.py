"""The alerts of a camera, by times alone."""

from __future__ import annotations

from narrowcast.fabric.fleet.camera_watch import FROZEN_US, MOVED_US, SILENT_US, CameraWatch
from narrowcast.receiver.events.event import Event, EventKind, EventState

S = 1_000_000


def kinds(watch: CameraWatch) -> list[str]:
    return [each.kind for each in watch.standing]


def watched(seconds: int) -> CameraWatch:
    """A camera that gave a picture a second."""
    watch = CameraWatch()
    for second in range(seconds):
        watch.picture(1, second * S, 15.0, second * S)
    return watch


def test_a_camera_that_gives_no_new_picture_is_frozen_and_then_offline() -> None:
    watch = watched(5)
    assert kinds(watch) == [] and watch.check(5 * S) == []
    events = watch.check(4 * S + FROZEN_US)
    assert [(each.kind, each.state) for each in events] == [(EventKind.FROZEN, EventState.BEGIN)]
    assert watch.standing[0].since_us == 4 * S, "since its last picture"
    watch.check(4 * S + SILENT_US + 1)
    assert kinds(watch) == ["offline"] and watch.standing[0].since_us == 4 * S
    assert watch.check(60 * S) == [], "told once"
    events = watch.picture(1, 70 * S, 15.0, 70 * S)
    assert [(each.kind, each.state) for each in events] == [(EventKind.LINK, EventState.BEGIN)]
    assert kinds(watch) == []


def test_what_the_relay_says_is_taken_at_once() -> None:
    watch = watched(3)
    assert watch.away("the sender said goodbye", 3 * S)[0].kind is EventKind.LINK
    assert watch.standing[0].detail == "the sender said goodbye" and watch.away("again", 4 * S) == []


def test_a_camera_that_was_offline_before_the_worker_came_is_offline() -> None:
    watch = CameraWatch()
    assert [each.state for each in watch.away("the camera is away", 9 * S)] == [EventState.END]
    assert kinds(watch) == ["offline"] and watch.standing[0].since_us == 9 * S


def test_an_encoder_that_began_anew_is_no_frozen_camera() -> None:
    watch = watched(5)
    watch.picture(2, 0, 15.0, 10 * S)
    watch.picture(2, 9 * S, 15.0, 19 * S)
    assert watch.check(20 * S) == [] and kinds(watch) == []


def test_what_pictures_show_stands_until_it_ends() -> None:
    watch = watched(2)
    begin = Event(kind=EventKind.BLACK, state=EventState.BEGIN, at_us=2 * S)
    assert watch.scene([begin]) == [begin] and kinds(watch) == ["black"]
    watch.scene([Event(kind=EventKind.BLACK, state=EventState.END, at_us=3 * S, seconds=1.0)])
    watch.scene([Event(kind=EventKind.MOVED, state=EventState.ONCE, at_us=3 * S)])
    assert kinds(watch) == ["moved"]
    for second in range(4, 8 + MOVED_US // S):
        watch.picture(1, second * S, 15.0, second * S)
        watch.check(second * S)
    assert kinds(watch) == []
