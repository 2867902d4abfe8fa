"""What a receiver writes down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmark.link.peers.shown_log import ShownLog, kept_pictures
from runtime.clock import now_us
from tests.benchmark.bench_samples import make_picture


def test_every_picture_gets_a_line_and_the_first_of_a_second_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = ShownLog(tmp_path)
    before_us = now_us()
    for capture_us in (100, 200, 300):
        log.shown(make_picture(capture_us), capture_us)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["capture_us"] for line in lines] == [100, 200, 300]
    assert all(line["event"] == "shown" and line["shown_us"] >= before_us for line in lines)
    assert list(kept_pictures(tmp_path)) == [100]


def test_a_draft_is_not_taken_for_a_picture(tmp_path: Path) -> None:
    (tmp_path / "draft.png").write_bytes(b"half")
    assert kept_pictures(tmp_path) == {}
