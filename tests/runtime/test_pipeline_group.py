"""Tests of runtime/pipeline_group.py."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from narrowcast.errors import NarrowcastError, StreamError
from narrowcast.runtime import pipeline_group
from narrowcast.runtime.pipeline_group import PipelineGroup, Run
from narrowcast.runtime.signals import StopSignal


class _PortTaken(NarrowcastError):
    pass


def until_stopped(stop: StopSignal, begun: Callable[[], None]) -> None:
    """A pipeline that has nothing against running for ever."""
    begun()
    while not stop.requested:
        threading.Event().wait(0.005)


def failing_after(event: threading.Event, error: Exception) -> Run:
    """A pipeline that begins, and fails when told to."""

    def run(stop: StopSignal, begun: Callable[[], None]) -> None:
        begun()
        event.wait()
        raise error

    return run


def group_of(stop: StopSignal, failures: list[tuple[str, str]], **runs: Run) -> PipelineGroup:
    group = PipelineGroup(stop, lambda failed: failures.append((failed.name, str(failed.error))))
    for name, run in runs.items():
        group.add(name, run)
    return group


def test_a_stop_ends_all() -> None:
    stop = StopSignal()
    ended: list[StopSignal] = []

    def run(own_stop: StopSignal, begun: Callable[[], None]) -> None:
        until_stopped(own_stop, begun)
        ended.append(own_stop)

    group_of(stop, [], front=run, yard=run).run("test", stop.request)
    assert len(ended) == 2


def test_one_that_hangs_before_it_has_begun_is_not_waited_for() -> None:
    stop, opened = StopSignal(), threading.Event()

    def hanging(own_stop: StopSignal, begun: Callable[[], None]) -> None:
        stop.request()
        opened.wait()

    group_of(stop, [], front=until_stopped, yard=hanging).run("test")
    opened.set()


def test_what_is_wrong_at_the_start_ends_all() -> None:
    def run(stop: StopSignal, begun: Callable[[], None]) -> None:
        raise _PortTaken("the port is in use")

    failures: list[tuple[str, str]] = []
    looks: list[None] = []
    with pytest.raises(_PortTaken, match="the port is in use"):
        group_of(StopSignal(), failures, front=until_stopped, yard=run).run(
            "test", lambda: looks.append(None)
        )
    assert failures == [] and looks == []


@pytest.mark.parametrize(
    ("error", "logged"), [(_PortTaken("unplugged"), False), (ValueError("unplugged"), True)]
)
def test_one_that_fails_later_leaves_the_others_alone(
    error: Exception, logged: bool, caplog: pytest.LogCaptureFixture
) -> None:
    stop, fail = StopSignal(), threading.Event()
    failures: list[tuple[str, str]] = []
    others_go_on: list[bool] = []

    def look() -> None:
        fail.set()
        if failures:
            others_go_on.append(not stop.requested)
            stop.request()

    yard = failing_after(fail, error)
    with pytest.raises(StreamError, match="yard had failed: unplugged"):  # the exit status tells
        group_of(stop, failures, front=until_stopped, yard=yard).run("test", look)
    assert failures == [("yard", "unplugged")] and others_go_on
    assert ("yard has failed" in caplog.text) is logged, "a fault of the program has a traceback"


def test_when_all_have_ended_by_themselves_the_error_is_raised() -> None:
    fail = threading.Event()

    def ends(stop: StopSignal, begun: Callable[[], None]) -> None:
        begun()

    group = group_of(StopSignal(), [], front=ends, yard=failing_after(fail, RuntimeError("a fault")))
    with pytest.raises(RuntimeError, match="a fault"):
        group.run("test", fail.set)


def test_one_that_fails_is_started_again_ever_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline_group, "RESTART_S", 0.01)
    stop, waits, runs = StopSignal(), list[float](), list[str]()

    def yard(own_stop: StopSignal, begun: Callable[[], None]) -> None:
        runs.append("yard")
        if len(runs) == 2:
            raise _PortTaken("before it has begun again")
        begun()
        if len(runs) < 4:
            raise _PortTaken("once it has begun")
        stop.request()

    group = PipelineGroup(stop, lambda failed: waits.append(failed.restart_s))
    group.add("front", until_stopped)
    group.add("yard", yard)
    group.run("test")  # it has come back: no error
    assert len(runs) == 4
    assert waits == [0.01, 0.02, 0.04]


def test_one_that_waits_for_its_restart_ends_when_the_others_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline_group, "RESTART_S", 3600.0)
    failed = threading.Event()

    def ends(stop: StopSignal, begun: Callable[[], None]) -> None:
        begun()
        failed.wait()

    def fails(stop: StopSignal, begun: Callable[[], None]) -> None:
        begun()
        raise _PortTaken("a fault")

    group = PipelineGroup(StopSignal(), lambda failure: failed.set())
    group.add("front", ends)
    group.add("yard", fails)
    with pytest.raises(_PortTaken, match="a fault"):
        group.run("test")
