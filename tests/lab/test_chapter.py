"""Tests of lab/chapter.py: what a chapter is saved as, and what cannot be read back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from narrowcast.benchmark.tables import Column
from narrowcast.errors import OutputError
from narrowcast.lab.chapter import CHAPTER, Chapter, load_chapter, make_folder


@dataclass(frozen=True)
class Line:
    name: str
    size: float | None


def test_a_chapter_comes_back_as_it_was_saved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chapter = Chapter(name="entropy", folder=tmp_path, command="narrowcast lab entropy")
    columns = [Column("name", "name"), Column("bytes", "size", ".1f")]
    chapter.table("sizes", "Sizes", columns, [Line("a", 1.25), Line("b", None)])
    assert "Sizes" in capsys.readouterr().out
    assert chapter.figure("bars", "Bars.") == tmp_path / "bars.png"
    chapter.facts["clip"] = "demo"
    chapter.save()
    found = load_chapter(tmp_path)
    assert found == chapter
    assert found is not None and found.tables["sizes"].rows == [["a", "1.2"], ["b", "-"]]


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"name": "x"}', '{"tables": 3}'])
def test_half_a_chapter_is_none(content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / CHAPTER).write_text(content)
    assert load_chapter(tmp_path) is None


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot make the folder .*file/out.*; name another --out"):
        make_folder(tmp_path / "file" / "out")
    with pytest.raises(OutputError, match="cannot write into"):
        Chapter(name="x", folder=tmp_path / "absent", command="").save()
