"""Every error of the product has one root, and the tree at the top of narrowcast/errors.py shows each."""

from __future__ import annotations

import ast
import builtins
import re
from pathlib import Path

import pytest

from narrowcast import errors
from narrowcast.errors import Remedy

ROOT = Path(__file__).parent.parent.parent
PACKAGES = (
    "narrowcast",
    "protocol",
    "codec",
    "runtime",
    "sender",
    "receiver",
    "fabric",
    "doctor",
    "benchmark",
    "lab",
)
INDENT = 4


def defined_classes() -> dict[str, tuple[str, list[str]]]:
    """The file and the base classes of every class of the product, by its name."""
    classes = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    bases = [ast.unparse(base).split(".")[-1] for base in node.bases]
                    classes[node.name] = (path.relative_to(ROOT).as_posix(), bases)
    return classes


CLASSES = defined_classes()


def is_exception(name: str) -> bool:
    """Whether a class derives from one of Python's exceptions, over whatever classes of ours."""
    if name in CLASSES:
        return any(is_exception(base) for base in CLASSES[name][1])
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, BaseException)


ERRORS = {name: place for name, place in CLASSES.items() if is_exception(name)}


def tree_in_docstring() -> dict[str, tuple[str, str | None]]:
    """The parent and the file of every name in the tree; no file for those that errors.py defines."""
    tree: dict[str, tuple[str, str | None]] = {}
    branch: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.fullmatch(r"((?: {4})+)(\w+)(?: +(\S+\.py)?.*)?", line)
        if match is None:
            continue
        depth = len(match[1]) // INDENT - 1
        assert match[2] not in tree, f"{match[2]} stands twice in the tree"
        branch[depth:] = [match[2]]
        tree[match[2]] = (branch[depth - 1] if depth else "Exception", match[3])
    return tree


def test_every_error_has_the_one_root() -> None:
    assert len(ERRORS) > 40, "the search for exception classes finds them"
    roots = {name for name, (_, bases) in ERRORS.items() if not any(base in ERRORS for base in bases)}
    assert roots == {"NarrowcastError"}


def test_the_tree_shows_every_error_below_its_base_class_and_with_its_file() -> None:
    tree = tree_in_docstring()
    assert set(tree) == set(ERRORS)
    for name, (parent, file) in tree.items():
        place, bases = ERRORS[name]
        assert bases[0] == parent, f"{name} derives from {bases[0]}, and the tree says {parent}"
        assert place == (file or "narrowcast/errors.py"), f"{name} is defined in {place}"


@pytest.mark.parametrize(
    ("remedy", "on_command_line", "in_python"),
    [
        (Remedy(setting="device", value="cpu"), "use --device cpu", 'use device="cpu"'),
        (Remedy(setting="insecure"), "use --insecure", "use insecure=True"),
        (Remedy(setting="announce", value=False), "use --no-announce", "use announce=False"),
        (Remedy(setting="max_kbps", value="64"), "use --max-kbps 64", 'use max_kbps="64"'),
        (Remedy(setting="listen", value="tcp://*:1"), 'use --listen "tcp://*:1"', 'use listen="tcp://*:1"'),
        (
            Remedy(setting="insecure", when="only if that side has no keys"),
            "only if that side has no keys, use --insecure",
            "only if that side has no keys, use insecure=True",
        ),
    ],
)
def test_a_remedy_is_named_as_each_front_end_has_it(
    remedy: errors.Remedy, on_command_line: str, in_python: str
) -> None:
    error = errors.NarrowcastError("it is wrong", remedy=remedy)
    assert error.on_command_line() == f"it is wrong; {on_command_line}"
    assert str(error) == f"it is wrong; {in_python}"


def test_an_error_without_a_remedy_is_its_text() -> None:
    error = errors.ConfigError("it is wrong")
    assert str(error) == error.on_command_line() == error.text == "it is wrong"
