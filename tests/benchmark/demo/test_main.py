"""The demo: two processes, one result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from narrowcast.benchmark.demo.__main__ import main
from narrowcast.benchmark.demo.result import DemoResult


def test_it_prints_one_json_object_and_saves_the_pictures(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = ["--json", "--codec", "jpeg", "--seconds", "1", "--no-window", "--save-frames", str(tmp_path)]
    assert main(arguments) == 0
    (line,) = capfd.readouterr().out.splitlines()
    result = json.loads(line)
    assert set(result) == set(DemoResult.__dataclass_fields__)
    assert result["frames"] >= 1
    assert result["frames"] + result["missed"] >= 10
    assert result["jpeg_kbps"] > result["kbps"] > 0
    assert result["capture_to_display_ms"]["p50"] > 0
    assert len(list(tmp_path.glob("frame-*.png"))) == result["frames"]


def test_a_wrong_setting_is_told_once(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "--codec", "jpeg", "--quality", "7"]) == 2
    output = capfd.readouterr()
    assert output.out == ""
    assert output.err == "narrowcast: error: --quality is 7; it has to be from 0 to 1\n"
