"""Tests of lab/entropy/command.py: one run on a small clip, and a clip that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.benchmark.errors import ClipError
from narrowcast.lab.entropy.command import EntropySettings, run


def test_the_bundled_clip_becomes_a_chapter(tmp_path: Path) -> None:
    chapter = run(EntropySettings(out=tmp_path, threads=1, size=(96, 64), frames=2))
    assert len(chapter.tables["coders"].rows) == 10
    assert chapter.facts["frames"] == "2" and chapter.facts["size"] == "96x64"
    assert float(chapter.facts["range_bpp"]) < float(chapter.facts["payload_bpp"])
    assert (tmp_path / "coders.png").exists() and (tmp_path / "rows.png").exists()
    assert chapter.command == "narrowcast lab entropy --frames 2 --size 96x64"


def test_a_clip_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="there is no absent.mp4"):
        run(EntropySettings(clip=Path("absent.mp4"), out=tmp_path))
