"""What a receiver writes down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from narrowcast.benchmark.shown import ShownLog, ShownPicture, kept_pictures
from tests.benchmark.bench_samples import make_picture


def test_every_picture_gets_a_line_and_the_first_of_a_second_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = ShownLog(tmp_path)
    for index, capture_us in enumerate((100, 200, 300)):
        picture = ShownPicture(capture_sender_us=capture_us, shown_us=1_000_000 + 10 * index)
        log.add(make_picture(capture_us), picture)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["capture_sender_us"] for line in lines] == [100, 200, 300]
    assert all(line["event"] == "shown" and line["shown_us"] >= 1_000_000 for line in lines)
    assert list(kept_pictures(tmp_path)) == [100]


def test_a_draft_is_not_taken_for_a_picture(tmp_path: Path) -> None:
    (tmp_path / "draft.png").write_bytes(b"half")
    assert kept_pictures(tmp_path) == {}


def test_a_second_later_the_next_one_is_kept_and_without_a_folder_none(tmp_path: Path) -> None:
    for folder in (tmp_path, None):
        log = ShownLog(folder)
        for capture_us in (100, 1_000_099, 1_000_100):
            shown = ShownPicture(capture_sender_us=capture_us, shown_us=capture_us + 5)
            log.add(make_picture(1), shown)
    assert list(kept_pictures(tmp_path)) == [100, 1_000_100]
