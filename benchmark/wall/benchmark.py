"""`narrowcast bench wall`: what a wall of recorded cameras costs its workers, its server and itself."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from narrowcast.benchmark.benchmark import Benchmark
from narrowcast.benchmark.process_usage import load_psutil
from narrowcast.benchmark.progress import Listener
from narrowcast.benchmark.results import Gap, Results
from narrowcast.benchmark.tables import Column, TableView
from narrowcast.benchmark.wall.run import WallBenchSettings, WallRow, WallRun
from narrowcast.errors import BenchError, FabricError
from narrowcast.fabric.packages import check_packages
from narrowcast.fabric.server import find_server
from narrowcast.runtime.signals import StopSignal


def measure(settings: WallBenchSettings, listener: Listener) -> Generator[object, None, None]:
    """Yield a row, or a gap."""
    load_psutil()
    check_packages()
    find_server()
    listener.begin(1)
    label = f"{settings.cameras} cameras"
    listener.activity(label)
    outcome: WallRow | Gap | None
    with StopSignal() as stop:
        try:
            outcome = WallRun(settings).run(stop)
        except (BenchError, FabricError) as error:
            outcome = Gap(key={"cameras": settings.cameras}, reason=error.on_command_line(), label=label)
        if stop.requested or outcome is None:
            raise KeyboardInterrupt
    yield outcome
    listener.step(1)


def tables(results: Results[WallBenchSettings]) -> Iterator[TableView | str]:
    """Show the row."""
    settings = results.settings
    yield TableView(
        title=f"{settings.cameras} recorded cameras of {settings.width}x{settings.height} at "
        f"{settings.fps:g} fps, {settings.workers} workers, one wall, one browser",
        columns=(
            Column("frames a second", "frames_fps", ".0f"),
            Column("decoded %", "decoded_percent", ".1f"),
            Column("tiles a second", "tiles_fps", ".0f"),
            Column("workers' CPU %", "worker_cpu_percent", ".0f"),
            Column("a camera", "worker_cpu_percent_a_camera", ".2f"),
            Column("workers MB", "worker_mb", ".0f"),
            Column("wall's CPU %", "wall_cpu_percent", ".1f"),
            Column("wall MB", "wall_mb", ".0f"),
            Column("server's CPU %", "server_cpu_percent", ".0f"),
            Column("tiles in view", "visible", "d"),
            Column("refresh p50 s", "refresh_s.p50", ".2f"),
            Column("p95 s", "refresh_s.p95", ".2f"),
        ),
        rows=results.of(WallRow),
    )
    for row in results.of(WallRow):
        if row.state:
            yield f"the page says: {row.state}"


BENCHMARK = Benchmark(settings=WallBenchSettings, measure=measure, row=WallRow, tables=tables)
