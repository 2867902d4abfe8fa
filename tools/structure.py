"""Figures of the code's structure: files, lines, longest functions, names used twice, files without tests.

Run from the repository's root: `python -m tools.structure`, or `python -m tools.structure OTHER_CHECKOUT`.
"""

from __future__ import annotations

import argparse
import ast
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 50

NOT_PRODUCT = {"tests", "tools", "build", "dist"}
"Top-level folders whose lines are not counted as product code."

UNTESTED = {
    "sender/sources/clips/make_demo.py": "cuts the bundled clip from a file that is not in the repository",
}
"Product files that need no test file of their own, each with its reason."

TEST_FOLDERS = {"examples": "tests/test_examples.py"}
"Folders that one test file covers as a whole."


@dataclass(frozen=True, kw_only=True)
class Function:
    """One function or method."""

    place: str
    "file:line"
    name: str
    lines: int
    "from `def` to the last line, docstring included"


@dataclass(frozen=True, kw_only=True)
class Structure:
    """What a checkout's product code looks like."""

    file_lines: dict[str, int]
    "lines of each product file, by its path"
    functions: list[Function]
    classes: dict[str, list[str]]
    "the files that define a class, by its name; private classes left out"
    untested: list[str] = field(default_factory=list)
    "product files with code of their own and neither a test file nor a reason"


def product_files(root: Path) -> Iterator[Path]:
    """Every Python file of the product, sorted."""
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).parts
        if parts[0] not in NOT_PRODUCT and not any(part.startswith(".") for part in parts):
            yield path


def examine(root: Path) -> Structure:
    """Read every product file of a checkout."""
    file_lines: dict[str, int] = {}
    functions: list[Function] = []
    classes: dict[str, list[str]] = {}
    untested = []
    for path in product_files(root):
        name = path.relative_to(root).as_posix()
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        file_lines[name] = text.count("\n")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                functions.append(Function(place=f"{name}:{node.lineno}", name=node.name, lines=lines))
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                classes.setdefault(node.name, []).append(name)
        if _has_code(tree) and not _has_test(root, name):
            untested.append(name)
    return Structure(file_lines=file_lines, functions=functions, classes=classes, untested=untested)


def _has_code(tree: ast.Module) -> bool:
    """Whether a file defines anything that runs."""
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in ast.walk(tree))


def _has_test(root: Path, name: str) -> bool:
    path = Path(name)
    if name in UNTESTED or path.parts[0] in TEST_FOLDERS:
        return True
    stem = "main" if path.stem == "__main__" else path.parent.name if path.stem == "__init__" else path.stem
    folder = path.parent.parent if path.stem == "__init__" else path.parent
    return (root / "tests" / folder / f"test_{stem}.py").exists()


def rows(found: Structure) -> list[tuple[str, str]]:
    """The figures as a table's rows: what, how much."""
    lines = list(found.file_lines.values())
    lengths = [function.lines for function in found.functions]
    twice = {name: files for name, files in found.classes.items() if len(files) > 1}
    return [
        ("product files", str(len(lines))),
        ("product lines", f"{sum(lines):,}"),
        ("lines of a file, median / longest", f"{statistics.median(lines):.0f} / {max(lines)}"),
        ("lines of a function, median / longest", f"{statistics.median(lengths):.0f} / {max(lengths)}"),
        (f"files over {MAX_FILE_LINES} lines", str(sum(n > MAX_FILE_LINES for n in lines))),
        (f"functions over {MAX_FUNCTION_LINES} lines", str(sum(n > MAX_FUNCTION_LINES for n in lengths))),
        ("class names used twice", str(len(twice))),
        ("source files without a test file", str(len(found.untested))),
    ]


def faults(found: Structure) -> list[str]:
    """Everything over a limit, one line each."""
    long_files = [f"{n} lines: {name}" for name, n in found.file_lines.items() if n > MAX_FILE_LINES]
    long_functions = [
        f"{function.lines} lines: {function.place} {function.name}"
        for function in found.functions
        if function.lines > MAX_FUNCTION_LINES
    ]
    twice = [f"{name}: {', '.join(files)}" for name, files in found.classes.items() if len(files) > 1]
    untested = [f"no test file: {name}" for name in found.untested]
    return long_files + long_functions + sorted(twice) + untested


def main() -> None:
    """Print the figures, and what is over a limit."""
    parser = argparse.ArgumentParser(description="Figures of the code's structure.")
    parser.add_argument(
        "root", nargs="?", type=Path, default=Path.cwd(), help="a checkout (default: this one)"
    )
    parser.add_argument("--faults", action="store_true", help="list what is over a limit, too")
    arguments = parser.parse_args()
    found = examine(arguments.root)
    for what, figure in rows(found):
        print(f"{what:<42}{figure:>12}")
    if arguments.faults:
        print(*faults(found), sep="\n")


if __name__ == "__main__":
    main()
