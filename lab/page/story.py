"""The story in Markdown: texts from lab/story/, filled with what the chapters have found."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from narrowcast.lab.chapter import Chapter, LabTable

CHAPTERS = ("mnist", "transforms", "entropy", "hybrids")
"In the order of the page."

_PLACE = re.compile(r"\{\{(?:(table|figure|fact):)?([a-z0-9_]+)\}\}")


def text_of(name: str) -> str:
    """A text of the story, unfilled."""
    return files("narrowcast.lab").joinpath("story", f"{name}.md").read_text(encoding="utf-8")


def filled(chapter: Chapter, pictures: str) -> str:
    """The text of a chapter with what it has found; what it has not found leaves no trace.

    Args:
        chapter: finished.
        pictures: what the paths of its pictures begin with, such as "mnist/".
    """

    def found(match: re.Match[str]) -> str:
        kind, name = match.groups()
        if kind == "table":
            return _table(chapter.tables[name]) if name in chapter.tables else ""
        if kind == "figure":
            if name not in chapter.figures:
                return ""
            figure = chapter.figures[name]
            return f"![{figure.caption}]({pictures}{figure.file})\n\n*{figure.caption}*"
        return chapter.command if name == "command" else chapter.facts.get(name, "")

    return re.sub(r"\n{3,}", "\n\n", _PLACE.sub(found, text_of(chapter.name)))


def missing(name: str, reason: str) -> str:
    """What stands in the place of a chapter that could not be made."""
    title = text_of(name).splitlines()[0]
    return f"{title}\n\n*{reason}*\n"


def _table(table: LabTable) -> str:
    """A table in Markdown, its title in bold above it."""
    escaped = [[cell.replace("|", "\\|") for cell in row] for row in (table.header, *table.rows)]
    rule = ["---:" if number else "---" for number in table.numbers]
    lines = [f"| {' | '.join(row)} |" for row in (escaped[0], rule, *escaped[1:])]
    return "\n".join([f"**{table.title}**", "", *lines])


def whole_story(folder: Path, parts: dict[str, Chapter | str]) -> str:
    """The page in Markdown: the introduction, then each chapter or the reason why it is missing."""
    texts = [text_of("intro")]
    for name in CHAPTERS:
        part = parts[name]
        if isinstance(part, str):
            texts.append(missing(name, part))
        else:
            texts.append(filled(part, f"{part.folder.relative_to(folder).as_posix()}/"))
    return "\n".join(texts)
