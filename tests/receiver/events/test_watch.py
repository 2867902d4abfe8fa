"""The watch of one stream with real ways out."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from narrowcast.receiver.events.settings import EventSettings
from narrowcast.receiver.events.sinks import EventError
from narrowcast.receiver.events.watch import EventWatch
from narrowcast.runtime.reporting import Notice
from tests.pipelines import wait_until
from tests.receiver.events.scenes import Camera, wall


def test_events_are_written_with_the_stream_and_the_time(tmp_path: Path) -> None:
    path = tmp_path / "events"
    with ExitStack() as stack:
        watch = EventWatch(EventSettings(events=str(path)), "camera:5555", lambda notice: None, stack)
        watch.link_up("yard", 15.0)
        watch.picture(Camera(wall()).picture(), 1)
        watch.check()
        assert watch.linked
        watch.link_down("the sender was stopped")
        assert watch.events == 2 and not watch.linked
    up, down = map(json.loads, path.read_text().splitlines())
    assert (up["stream"], up["event"], up["state"]) == ("yard", "link", "begin")
    assert (down["event"], down["state"], down["detail"]) == ("link", "end", "the sender was stopped")
    assert up["time"] <= down["time"] and up["time"][-6] in "+-"


def test_a_camera_that_is_frozen_is_told(tmp_path: Path) -> None:
    path = tmp_path / "events"
    with ExitStack() as stack:
        settings = EventSettings(events=str(path), frozen_after=0.05)
        watch = EventWatch(settings, "x", lambda notice: None, stack)
        watch.link_up("", 60.0)
        wait_until(lambda: watch.events == 2, watch.check)
    assert json.loads(path.read_text().splitlines()[-1])["event"] == "frozen"


def test_without_a_way_out_nothing_is_looked_at() -> None:
    with ExitStack() as stack:
        watch = EventWatch(EventSettings(), "x", lambda notice: None, stack)
        watch.link_up("yard", 15.0)
        watch.picture(Camera(wall()).picture(), 1)
        watch.check()
        assert watch.linked and watch.events == 0
        assert watch._scene.wants(0), "no picture has been looked at"


def test_what_fails_is_counted_and_told() -> None:
    notices: list[Notice] = []
    with ExitStack() as stack:
        watch = EventWatch(EventSettings(on_event="false"), "x", notices.append, stack)
        watch.link_up("yard", 15.0)
        wait_until(lambda: bool(notices), watch.check)
        assert watch.failures == 1 and "ended with status 1" in notices[0].text


def test_a_way_out_that_cannot_be_is_told_at_the_start() -> None:
    with ExitStack() as stack, pytest.raises(EventError):
        EventWatch(EventSettings(on_event="unheard-of"), "x", lambda notice: None, stack)
