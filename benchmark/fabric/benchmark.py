"""`narrowcast bench fabric`: what viewers and cameras cost a relay and a server, how late frames are."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from narrowcast.benchmark.benchmark import Benchmark
from narrowcast.benchmark.fabric.run import FabricBenchSettings, FabricRow, FabricRun
from narrowcast.benchmark.plots import Axis, Curve, CurvePanel, Plot
from narrowcast.benchmark.process_usage import load_psutil
from narrowcast.benchmark.progress import Listener
from narrowcast.benchmark.results import Gap, Results
from narrowcast.benchmark.tables import Column, TableView
from narrowcast.errors import BenchError, FabricError
from narrowcast.fabric.packages import check_packages
from narrowcast.fabric.server import find_server
from narrowcast.runtime.signals import StopSignal


def measure(settings: FabricBenchSettings, listener: Listener) -> Generator[object, None, None]:
    """Yield a row or a gap a number of viewers; Ctrl-C leaves out the number that runs."""
    load_psutil()
    check_packages()
    find_server()
    listener.begin(len(settings.viewers))
    with StopSignal() as stop:
        for viewers in settings.viewers:
            label = f"{viewers} viewers" if viewers > 1 else "1 viewer"
            listener.activity(label)
            outcome: FabricRow | Gap | None
            try:
                outcome = FabricRun(settings, viewers).run(stop)
            except (BenchError, FabricError) as error:
                outcome = Gap(key={"viewers": viewers}, reason=error.on_command_line(), label=label)
            if stop.requested or outcome is None:
                raise KeyboardInterrupt
            yield outcome
            listener.step(1)


def tables(results: Results[FabricBenchSettings]) -> Iterator[TableView | str]:
    """Show a row a number of viewers."""
    settings = results.settings
    yield TableView(
        title=f"{settings.cameras} cameras of {settings.fps:g} fps, {settings.payload_bytes} bytes a frame, "
        "through one relay; viewers of the first camera, which do not decode",
        columns=(
            Column("viewers", "viewers", "d"),
            Column("cameras' CPU %", "cameras_cpu_percent", ".0f"),
            Column("relay, CPU ms a frame", "relay_ms", ".2f"),
            Column("server, CPU us a delivery", "server_us", ".1f"),
            Column("stored", "stored", "d"),
            Column("lost", "lost", "d"),
            Column("fps at a viewer", "viewer_fps", ".1f"),
            Column("gaps", "gaps", "d"),
            Column("cut", "cut", "d"),
            Column("age p50 ms", "age_ms.p50", ".1f"),
            Column("p99 ms", "age_ms.p99", ".1f"),
            Column("join p95 ms", "join_ms.p95", ".0f"),
            Column("server back s", "server_back_s", ".2f"),
            Column("relay back s", "relay_back_s", ".2f"),
        ),
        rows=results.of(FabricRow),
    )


def plot(results: Results[FabricBenchSettings]) -> Plot:
    """Draw ages and costs over the number of viewers."""
    rows = sorted(results.of(FabricRow), key=lambda row: row.viewers)
    x = Axis(title="viewers", log_base=10, ticks=[row.viewers for row in rows])
    y = Axis(limits=(0, None))
    ages = [
        Curve(label="p50", points=[(row.viewers, row.age_ms.p50) for row in rows]),
        Curve(label="p99", points=[(row.viewers, row.age_ms.p99) for row in rows]),
    ]
    server = [Curve(label="server", points=[(row.viewers, row.server_us) for row in rows])]
    relay = [Curve(label="relay", points=[(row.viewers, row.relay_ms) for row in rows])]
    panels = [
        CurvePanel(title="age at a viewer, ms", curves=ages, x=x, y=y, legend=True),
        CurvePanel(title="server, CPU us a delivery", curves=server, x=x, y=y),
        CurvePanel(title="relay, CPU ms a frame", curves=relay, x=x, y=y),
    ]
    return Plot(rows=[panels], panel_width_in=10 / 3, row_heights_in=[3.2])


BENCHMARK = Benchmark(settings=FabricBenchSettings, measure=measure, row=FabricRow, tables=tables, plot=plot)
