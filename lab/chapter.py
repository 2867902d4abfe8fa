"""A chapter of the lab: the tables, pictures and figures that one command has found, kept as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from narrowcast.benchmark.tables import Column, TableView, show
from narrowcast.errors import OutputError

CHAPTER = "chapter.json"


@dataclass(frozen=True, kw_only=True)
class LabTable:
    """A table as text."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[bool]
    "whether each column holds numbers, which are set to the right"


@dataclass(frozen=True, kw_only=True)
class LabFigure:
    """A picture in the chapter's folder."""

    file: str
    caption: str


@dataclass(kw_only=True)
class Chapter:
    """What a command has found; the story around it is in lab/story/NAME.md."""

    name: str
    "of its story, and of its command"
    folder: Path
    "where its pictures lie"
    command: str
    "that makes it again"
    tables: dict[str, LabTable] = field(default_factory=dict)
    figures: dict[str, LabFigure] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    "figures that the story quotes, by the name that stands in its text"

    def table(self, name: str, title: str, columns: Sequence[Column], rows: Iterable[object]) -> None:
        """Add a table, and print it."""
        found = list(rows)
        self.tables[name] = LabTable(
            title=title,
            header=[column.title for column in columns],
            rows=[[column.text(row) for column in columns] for row in found],
            numbers=[bool(column.format) for column in columns],
        )
        show([TableView(title=title, columns=columns, rows=found)])

    def figure(self, name: str, caption: str) -> Path:
        """Add a picture; return where it is to be written."""
        self.figures[name] = LabFigure(file=f"{name}.png", caption=caption)
        return self.folder / f"{name}.png"

    def save(self) -> None:
        """Write chapter.json into the folder; OutputError where that cannot be done."""
        content = asdict(self) | {"folder": ""}
        try:
            (self.folder / CHAPTER).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise OutputError(
                f"cannot write into {self.folder}: {error.strerror}; name another --out"
            ) from error


def load_chapter(folder: Path) -> Chapter | None:
    """Read what Chapter.save has written; None where there is no whole chapter."""
    try:
        content = json.loads((folder / CHAPTER).read_text(encoding="utf-8"))
        return Chapter(
            name=content["name"],
            folder=folder,
            command=content["command"],
            tables={name: LabTable(**table) for name, table in content["tables"].items()},
            figures={name: LabFigure(**figure) for name, figure in content["figures"].items()},
            facts=content["facts"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def make_folder(path: Path) -> Path:
    """Make the folder that results go into; OutputError where that cannot be done."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {path}: {error.strerror}; name another --out") from error
    return path
