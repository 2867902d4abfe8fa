"""A worker that does not keep up says so once, and once when it does again."""

from __future__ import annotations

from narrowcast.fabric.fleet.camera import FleetCounts
from narrowcast.fabric.fleet.overload import WINDOW, OverloadWatch


def lines(watch: OverloadWatch, decoded: int, windows: int) -> list[str]:
    counts = FleetCounts(frames=100, decoded=decoded)
    told = [watch.second(counts) for _ in range(windows * WINDOW)]
    return [line for line in told if line]


def test_falling_behind_is_told_when_it_changes() -> None:
    watch = OverloadWatch()
    assert lines(watch, 97, 2) == [] and lines(watch, 40, 3)[0].startswith("this worker decodes 40%")
    assert lines(watch, 40, 1) == [] and lines(watch, 96, 2) == ["this worker keeps up again"]
    assert [watch.second(FleetCounts()) for _ in range(WINDOW)] == [""] * WINDOW, "nothing comes"
