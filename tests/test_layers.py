"""Imports run one way, and never in a circle: the rules of the layout, read from the source files."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("protocol", "codec", "runtime", "sender", "receiver", "doctor", "benchmark")

MAY_IMPORT = {
    "protocol": {"protocol"},
    "codec": {"codec"},
    "runtime": {"runtime", "codec", "protocol"},
    "sender": {"sender", "runtime", "codec", "protocol"},
    "receiver": {"receiver", "runtime", "codec", "protocol"},
    "doctor": {"doctor", "sender", "receiver", "runtime", "codec", "protocol"},
    "benchmark": set(PACKAGES),
}

PROGRAM_ROOM = "codec.training"
"Lies above the codec: a program, whose command line is made as the other programs' are."

BELOW_ALL = {"narrowcast.errors", "narrowcast.text", "narrowcast.worker"}
"What every package may import: the tree of errors, text made safe, the thread of background jobs."

HEAVY = {"torch", "cv2", "numpy", "openvino", "av"}


def module_files(package: str) -> dict[str, Path]:
    """Every module of a package by its dotted name."""
    files = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return files


MODULES = {
    name: path for package in (*PACKAGES, "narrowcast") for name, path in module_files(package).items()
}


def imported_names(module: str, path: Path, *, top_level_only: bool) -> set[str]:
    """Dotted names that a file imports; on demand without those in functions or for type checkers."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = _run_at_import(tree) if top_level_only else list(ast.walk(tree))
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            source = ".".join(part for part in (base, node.module or "") if part)
            for alias in node.names:
                submodule = f"{source}.{alias.name}"
                names.add(submodule if submodule in MODULES else source)
    return names


def _run_at_import(tree: ast.Module) -> list[ast.AST]:
    """The nodes that run when the module is imported."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        found.append(node)
        waiting.extend(ast.iter_child_nodes(node))
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_lies_below_it(package: str) -> None:
    for module, path in module_files(package).items():
        names = imported_names(module, path, top_level_only=False) - BELOW_ALL
        tops = {name.split(".")[0] for name in names}
        allowed = MAY_IMPORT[package] | ({"runtime"} if module.startswith(PROGRAM_ROOM) else set())
        wrong = tops & (set(PACKAGES) | {"narrowcast", "tests"}) - allowed
        assert not wrong, f"{module} imports {wrong}"


def test_what_ships_does_not_import_training() -> None:
    for module, path in MODULES.items():
        if module.split(".")[0] not in ("benchmark", "narrowcast") and not module.startswith(PROGRAM_ROOM):
            names = imported_names(module, path, top_level_only=False)
            assert not {name for name in names if name.startswith(PROGRAM_ROOM)}, module


@pytest.mark.parametrize("module", sorted(BELOW_ALL))
def test_what_lies_below_every_package_imports_none(module: str) -> None:
    tops = {name.split(".")[0] for name in imported_names(module, MODULES[module], top_level_only=False)}
    assert not tops & set(PACKAGES)


def test_the_protocol_knows_no_pictures() -> None:
    for module, path in module_files("protocol").items():
        tops = {name.split(".")[0] for name in imported_names(module, path, top_level_only=False)}
        assert not tops & HEAVY, f"{module} imports {tops & HEAVY}"


def test_only_the_transport_and_its_parts_know_zeromq() -> None:
    users = {
        module
        for module, path in MODULES.items()
        if "zmq" in {name.split(".")[0] for name in imported_names(module, path, top_level_only=False)}
    }
    assert users == {
        "protocol.zmq.transport",
        "protocol.zmq.socket_setup",
        "protocol.zmq.curve",
        "protocol.zmq.monitor",
    }


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = {
        module: {name for name in imported_names(module, path, top_level_only=True) if name in MODULES}
        for module, path in MODULES.items()
    }
    # A package's __init__ gathers its modules; a module that names a sibling does not mean the whole package.
    done: set[str] = set()

    def visit(module: str, trail: list[str]) -> None:
        assert module not in trail, " -> ".join([*trail, module])
        if module in done:
            return
        for imported in graph[module]:
            visit(imported, [*trail, module])
        done.add(module)

    for module in graph:
        visit(module, [])


def test_every_module_opens_with_a_line_that_says_what_it_is() -> None:
    for module, path in MODULES.items():
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert docstring, f"{module} has no docstring"
