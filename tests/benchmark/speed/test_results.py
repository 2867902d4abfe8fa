"""Rows of a speed run: ratios to gan, JSON."""

from __future__ import annotations

import json
from pathlib import Path

from benchmark.speed.results import SpeedRatio
from tests.benchmark.speed.samples import speed_results


def test_ratios_are_to_gan_on_its_first_backend_with_as_many_threads() -> None:
    results = speed_results()
    ratios = [results.ratio(row) for row in results.rows]
    assert ratios[:3] == [
        SpeedRatio(encode=1.0, decode=1.0),
        SpeedRatio(encode=0.5, decode=0.5),
        SpeedRatio(encode=40.0, decode=50.0),
    ]
    assert ratios[3] is None, "gan was not measured with two threads"


def test_json_holds_case_result_and_ratio(tmp_path: Path) -> None:
    speed_results().write_json(tmp_path / "rows.json")
    content = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))
    first = content["rows"][0]
    assert (first["codec"], first["backend"], first["threads"]) == ("gan", "openvino", 1)
    assert first["encode_fps"] == 50.0 and first["cold_load_s"] == 6.25
    assert content["rows"][2]["ratio_to_gan"] == {"encode": 40.0, "decode": 50.0}
    assert content["rows"][3]["ratio_to_gan"] is None
    assert content["gaps"][0]["reason"] == "not installed"
