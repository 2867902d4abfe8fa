"""The rows of a link measurement, and their file."""

from __future__ import annotations

import json
from pathlib import Path

from tests.benchmark.link.samples import link_results


def test_a_systems_rows_go_from_the_thinnest_link_on_and_leave_gaps_out() -> None:
    results = link_results()
    assert [row.link_kbps for row in results.rows_of("narrowcast")] == [64, 128]
    assert results.rows_of("netgear") == []


def test_the_file_holds_rows_machine_and_settings(tmp_path: Path) -> None:
    results = link_results(link="proxy")
    results.write_json(tmp_path / "link.json")
    content = json.loads((tmp_path / "link.json").read_text(encoding="utf-8"))
    assert content["link"] == "proxy"
    assert content["clip"] == "demo"
    assert content["machine"]["cores"] >= 1
    assert content["rows"][2]["system"] == "imagezmq"
    assert content["rows"][2]["scores"]["lpips_alex"] == 0.25
    assert content["rows"][3]["reason"] == "not installed"
    assert set(content["systems"]) == {"narrowcast", "imagezmq", "netgear"}
