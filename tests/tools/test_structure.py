"""Tests of structure.py, and the limits that it holds this repository to."""

from __future__ import annotations

from pathlib import Path

from tools.structure import examine, faults, rows

ROOT = Path(__file__).parents[2]


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_this_repository_is_within_its_limits() -> None:
    assert faults(examine(ROOT)) == []


def test_what_is_over_a_limit_is_listed(tmp_path: Path) -> None:
    long_function = "def run() -> None:\n" + "    print()\n" * 60
    write(tmp_path, "room/a.py", '"""A."""\n\n\nclass Twice:\n    pass\n\n\n' + long_function)
    write(tmp_path, "room/b.py", '"""B."""\n\n\nclass Twice:\n    pass\n' + "# more\n" * 300)
    write(tmp_path, "tests/room/test_a.py", "")
    found = faults(examine(tmp_path))
    assert found == [
        "305 lines: room/b.py",
        "61 lines: room/a.py:8 run",
        "Twice: room/a.py, room/b.py",
    ]
    write(tmp_path, "room/c.py", '"""C."""\n\n\ndef help_() -> None:\n    pass\n')
    assert faults(examine(tmp_path))[-1] == "no test file: room/c.py"


def test_tests_and_hidden_folders_are_no_product(tmp_path: Path) -> None:
    write(tmp_path, "room/a.py", "one = 1\n")
    write(tmp_path, "tests/test_a.py", "two = 2\n")
    write(tmp_path, ".venv/lib/c.py", "three = 3\n")
    write(tmp_path, "room/d.py", "def one() -> int:\n    return 1\n")
    figures = dict(rows(examine(tmp_path)))
    assert figures["product files"] == "2" and figures["product lines"] == "3"
