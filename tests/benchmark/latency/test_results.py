"""Rows of a latency run: percentiles, and JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmark.latency.results import STAGES, LatencyResults, percentiles_of
from protocol import Percentiles
from tests.benchmark.latency.samples import frame_latency, latency_row


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert percentiles_of(values) == Percentiles(p50=50.0, p95=95.0, p99=99.0, count=100)
    assert percentiles_of([]) == Percentiles(p50=None, p95=None, p99=None, count=0)


def test_a_row_sums_up_its_frames() -> None:
    row = latency_row(frame_latency(50, 49), frame_latency(60, None), frame_latency(70, 30))
    assert row.by_stamps_ms.p50 == 60.0 and row.by_stamps_ms.count == 3
    assert row.by_number_ms.count == 2
    assert row.stage_ms("encode").p99 == 20.0
    assert row.agreement.holds


def test_json_holds_percentiles_and_frames(tmp_path: Path) -> None:
    results = LatencyResults(rows=[latency_row(frame_latency(50, 49))], gaps={"avif": "no picture was shown"})
    results.write_json(tmp_path / "rows.json")
    content = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))
    (row,) = content["rows"]
    assert row["agrees"] is True
    assert row["by_number_ms"]["p95"] == 49.0
    assert set(row["stages_ms"]) == set(STAGES)
    assert row["frames"][0]["by_stamps_ms"] == pytest.approx(50.0)
    assert content["gaps"] == {"avif": "no picture was shown"}
    assert content["machine"]["cores"] >= 1
