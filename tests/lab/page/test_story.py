"""Tests of lab/page/story.py: every place in the texts is one that its command fills."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from narrowcast.lab.chapter import Chapter, LabFigure, LabTable, load_chapter
from narrowcast.lab.page.html import html_page
from narrowcast.lab.page.story import CHAPTERS, filled, text_of, whole_story


def chapter_of(name: str, folder: Path) -> Chapter:
    table = LabTable(title="T", header=["a|b", "n"], rows=[["x", "1"]], numbers=[False, True])
    places = re.findall(r"\{\{(table|figure|fact):([a-z0-9_]+)\}\}", text_of(name))
    chapter = Chapter(name=name, folder=folder / name, command=f"narrowcast lab {name}")
    for kind, place in places:
        if kind == "table":
            chapter.tables[place] = table
        elif kind == "figure":
            chapter.figures[place] = LabFigure(file=f"{place}.png", caption=f"Caption of {place}.")
        else:
            chapter.facts[place] = f"fact-{place}"
    return chapter


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_text_is_filled_to_the_last_place(name: str, tmp_path: Path) -> None:
    chapter = chapter_of(name, tmp_path)
    text = filled(chapter, f"{name}/")
    assert "{{" not in text and chapter.command in text
    for figure in chapter.figures.values():
        assert f"![{figure.caption}]({name}/{figure.file})" in text
    for fact in chapter.facts.values():
        assert fact in text
    assert "| a\\|b | n |\n| --- | ---: |\n| x | 1 |" in text


def test_the_run_fills_every_place_of_its_text_but_the_picture_beside(finished_run: Path) -> None:
    chapter = load_chapter(finished_run)
    assert chapter is not None
    places = re.findall(r"\{\{(table|figure|fact):([a-z0-9_]+)\}\}", text_of("mnist"))
    found = {"table": set(chapter.tables), "figure": set(chapter.figures), "fact": set(chapter.facts)}
    assert {place for kind, place in places if place not in found[kind]} == {"beside"}


def test_the_whole_story_has_every_chapter_or_says_why_not(tmp_path: Path) -> None:
    parts: dict[str, Chapter | str] = {name: chapter_of(name, tmp_path) for name in CHAPTERS}
    parts["mnist"] = "No data."
    text = whole_story(tmp_path, parts)
    assert "## MNIST: a GAN becomes a codec\n\n*No data.*" in text
    assert text.index("## Transforms") < text.index("## Entropy coders") < text.index("## Hybrids")
    assert "(transforms/dct.png)" in text
    assert len(html_page(text, "x")) > 20_000
