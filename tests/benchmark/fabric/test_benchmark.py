"""`narrowcast bench fabric`: tables and a whole run between real processes."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("nats", reason="nats-py comes with the fabric extra")

from narrowcast.benchmark.benchmark import measured
from narrowcast.benchmark.fabric.benchmark import BENCHMARK, plot, tables
from narrowcast.benchmark.fabric.run import FabricBenchSettings, FabricRow
from narrowcast.benchmark.results import Gap, Results, percentiles_of
from narrowcast.benchmark.tables import TableView
from narrowcast.errors import ConfigError
from tests.benchmark.listeners import RememberingListener
from tests.benchmark.plot_picture import drawn
from tests.benchmark.table_text import text_of

ROW = FabricRow(
    viewers=10,
    cameras=1,
    seconds=8.0,
    cameras_cpu_percent=1.0,
    relay_ms=0.3,
    server_us=16.0,
    stored=120,
    lost=0,
    viewer_fps=15.0,
    gaps=0,
    cut=0,
    age_ms=percentiles_of([3.0]),
    join_ms=percentiles_of([12.0]),
    server_back_s=None,
    relay_back_s=None,
)


def test_a_run_is_shown_as_table_and_picture(tmp_path: Path) -> None:
    results = Results(settings=FabricBenchSettings(), outcomes=[ROW, replace(ROW, viewers=100)])
    (view,) = (table for table in tables(results) if isinstance(table, TableView))
    text = text_of(view)
    assert "1 cameras of 15 fps, 500 bytes a frame" in text and "0.30" in text
    drawn(plot(results), tmp_path)


def test_what_cannot_be_measured_is_told() -> None:
    with pytest.raises(ConfigError, match="viewers is 0; it has to be from 1 to 5000"):
        FabricBenchSettings(viewers=(0,))


@pytest.mark.skipif(find_spec("psutil") is None, reason="psutil comes with the bench extra")
def test_frames_reach_every_viewer_and_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    from narrowcast.benchmark.fabric import run
    from tests.fabric.fabric_servers import free_port

    monkeypatch.setattr(run, "_PORT", free_port())
    monkeypatch.setattr(run, "_SETTLE_S", 0.2)
    settings = FabricBenchSettings(viewers=(3,), cameras=2, seconds=2.0, fps=30.0, stalled=1)
    results = measured(BENCHMARK, settings, RememberingListener())
    assert not results.of(Gap)
    (row,) = results.of(FabricRow)
    assert row.stored > 20 and (row.lost, row.gaps, row.cut) == (0, 0, 0)
    assert row.age_ms.p50 is not None and row.join_ms.p50 is not None and row.relay_ms > 0
