"""The figures of a run of the wall, from what processes and the page have counted."""

from __future__ import annotations

import pytest

pytest.importorskip("nats", reason="nats-py comes with the fabric extra")

from narrowcast.benchmark.process_usage import TreeUsage
from narrowcast.benchmark.results import percentiles_of
from narrowcast.benchmark.wall.run import WallBenchSettings, WallRow, WallRun
from narrowcast.errors import ConfigError

ROW = WallRow(
    cameras=200,
    size="640x360",
    fps=15.0,
    workers=2,
    seconds=20.0,
    bytes_a_frame=500.0,
    frames_fps=3000.0,
    decoded_percent=99.0,
    tiles_fps=200.0,
    worker_cpu_percent=150.0,
    worker_mb=700,
    wall_cpu_percent=2.0,
    wall_mb=115,
    server_cpu_percent=13.0,
    cameras_cpu_percent=9.0,
    visible=200,
    refresh_s=percentiles_of([1.0]),
    state="198 of 200 live",
)


def usage(cpu_s: float, megabytes: int = 0) -> TreeUsage:
    return TreeUsage(cpu_s=cpu_s, resident_bytes=megabytes * 1_000_000)


def test_figures_are_those_of_the_time_between() -> None:
    run = WallRun(WallBenchSettings(cameras=4, workers=2))
    run._take_line({"event": "sending", "bytes_a_frame": 500.0})
    run._counting = True
    for worker in (0, 1):
        run._take_second(worker, {"event": "second", "held": 2, "frames": 30, "decoded": 27, "tiles": 2})
    run._take_second(0, {"event": "notice"})
    before = [usage(1.0) for _ in range(5)]
    after = [usage(1.2), usage(1.1), usage(1.3, 100), usage(2.0, 300), usage(3.0, 400)]
    row = run._row(before, after, 2.0, [2, 1, 0, 2], "3 of 4 live")
    assert (row.worker_cpu_percent, row.worker_cpu_percent_a_camera, row.worker_mb) == (150.0, 37.5, 700)
    assert (row.wall_cpu_percent, row.wall_mb, row.server_cpu_percent) == (15.0, 100, 10.0)
    assert (row.decoded_percent, row.tiles_fps, row.visible) == (90.0, 2.0, 3)
    assert row.refresh_s.p50 == 1.0 and sum(run._held.values()) == 4


def test_what_cannot_be_measured_is_told() -> None:
    with pytest.raises(ConfigError, match="cameras is 0; it has to be from 1 to 1000"):
        WallBenchSettings(cameras=0)
