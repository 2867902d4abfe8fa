"""Cameras are shared out: evenly, without two workers wanting the same, and anew where one ends."""

from __future__ import annotations

from narrowcast.fabric.fleet.shares import ShareTable
from narrowcast.fabric.lease import Holder

CAMERAS = [f"c{number}" for number in range(10)]


def holder(run: str) -> Holder:
    return Holder(run=run, host="h", process=1)


def table(run: str = "a", ended: tuple[str, ...] = ()) -> ShareTable:
    return ShareTable(holder(run), 6.0, lambda each: each.run in ended)


def test_a_worker_alone_takes_everything() -> None:
    plan = table().plan(CAMERAS, [], 0.0)
    assert sorted(plan.take) == sorted(CAMERAS) and plan.release == ()


def test_a_worker_that_joins_gets_its_half() -> None:
    first, second = table("a"), table("b")
    for each, other in ((first, "b"), (second, "a")):
        each.worker(holder(other), 1.0)
    for name in CAMERAS:
        second.camera(name, holder("a"), 1.0)
    assert second.plan(CAMERAS, [], 2.0).take == (), "nothing is free yet"
    released = first.plan(CAMERAS, CAMERAS, 2.0).release
    assert len(released) == 5
    for name in released:
        second.camera(name, None, 2.0)
    assert sorted(second.plan(CAMERAS, [], 2.0).take) == sorted(released)
    kept = [name for name in CAMERAS if name not in released]
    assert first.plan(CAMERAS, kept, 3.0).release == () and first.plan(CAMERAS, kept, 3.0).take == ()


def test_what_a_worker_held_is_free_when_its_lease_has_ended() -> None:
    own = table("a")
    own.worker(holder("b"), 0.0)
    for name in CAMERAS[:5]:
        own.camera(name, holder("b"), 0.0)
    held = CAMERAS[5:]
    assert own.plan(CAMERAS, held, 5.9).take == () and own.workers(5.9) == 2
    assert sorted(own.plan(CAMERAS, held, 6.1).take) == CAMERAS[:5] and own.workers(6.1) == 1


def test_nobody_waits_for_a_worker_that_is_known_to_have_ended() -> None:
    own = table("a", ended=("b",))
    own.worker(holder("b"), 0.0)
    own.camera("c0", holder("b"), 0.0)
    assert own.workers(0.1) == 1 and "c0" in own.plan(CAMERAS, [], 0.1).take
    left = table("a")
    left.worker(holder("b"), 0.0)
    left.left("b")
    assert left.workers(0.1) == 1


def test_two_workers_reach_for_different_cameras_first() -> None:
    first, second = table("a"), table("b")
    for each, other in ((first, "b"), (second, "a")):
        each.worker(holder(other), 0.0)
    many = [f"c{number}" for number in range(100)]
    assert first.plan(many, [], 0.0).take != second.plan(many, [], 0.0).take


def test_a_camera_that_is_gone_is_given_back() -> None:
    assert table().plan(["c1"], ["c0", "c1"], 0.0).release == ("c0",)
