"""Tests of lab/hybrids/command.py: one run on a small clip."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.benchmark.settings import WEIGHTS_VARIABLE
from narrowcast.lab.hybrids.command import HybridsSettings, run


def test_the_bundled_clip_becomes_a_chapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WEIGHTS_VARIABLE, raising=False)
    chapter = run(HybridsSettings(out=tmp_path, threads=1, size=(96, 64), frames=3))
    streams = chapter.tables["streams"]
    assert [row[0] for row in streams.rows] == ["hybrid, generator off", "hybrid", "gan"]
    assert streams.rows[0][2] == streams.rows[1][2], "the same bits"
    entropy = {row[0]: int(row[1].replace(",", "")) for row in chapter.tables["entropy"].rows}
    assert list(entropy) == ["range", "huffman", "lzw"]
    assert entropy["range"] < min(entropy["huffman"], entropy["lzw"])
    assert (tmp_path / "streams.png").exists()
