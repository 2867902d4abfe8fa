"""Tests of imports.py: what a source file imports, and when."""

from __future__ import annotations

from pathlib import Path

from tools.imports import import_graph, package_modules

SOURCE = '''"""A module."""

from typing import TYPE_CHECKING

import room.b
from room import c as other
from .d import thing

if TYPE_CHECKING:
    from room.e import Hint


def later() -> None:
    from room.f import late
'''


def test_modules_are_found_relative_ones_and_late_ones_too(tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    for name in "bcdef":
        (tmp_path / "room" / f"{name}.py").write_text("")
    (tmp_path / "room" / "__init__.py").write_text("")
    (tmp_path / "room" / "a.py").write_text(SOURCE)
    modules = package_modules(tmp_path, ("room",))
    assert set(modules) == {"room", *(f"room.{name}" for name in "abcdef")}
    at_import = {"typing", "room.b", "room.c", "room.d"}
    assert import_graph(modules, at_import=True)["room.a"] == at_import
    assert import_graph(modules, at_import=False)["room.a"] == at_import | {"room.e", "room.f"}
