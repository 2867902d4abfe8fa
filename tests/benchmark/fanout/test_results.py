"""Rows of a fan-out run: ratios, the target, JSON."""

from __future__ import annotations

import json
from pathlib import Path

from tests.benchmark.fanout.samples import fanout_results


def test_ratios_are_to_one_receiver() -> None:
    results = fanout_results((1, 50.0), (4, 60.0), (16, 75.0), (32, None))
    assert [results.age_ratio(row) for row in results.rows] == [1.0, 1.2, 1.5, None]
    assert results.target_ratio() == 1.5


def test_there_is_no_ratio_without_both() -> None:
    assert fanout_results((4, 60.0), (16, 75.0)).target_ratio() is None
    assert fanout_results((1, 60.0), (8, 75.0)).target_ratio() is None
    assert fanout_results((1, None), (16, 75.0)).target_ratio() is None


def test_json_holds_rows_and_target(tmp_path: Path) -> None:
    results = fanout_results((1, 50.0), (16, 75.0))
    results.gaps[32] = "the sender did not start"
    results.write_json(tmp_path / "rows.json")
    content = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))
    assert [row["receivers"] for row in content["rows"]] == [1, 16]
    assert content["rows"][1]["age_ratio"] == 1.5
    assert content["target"] == {"receivers": 16, "ratio": 2.0, "measured": 1.5}
    assert content["gaps"] == {"32": "the sender did not start"}
