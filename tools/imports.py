"""Which module imports which: read from the source files, without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

NAME = "narrowcast"
"What packages are imported from: `narrowcast/codec` is a link to `codec`. Names here are those of files."


def package_modules(root: Path, packages: tuple[str, ...]) -> dict[str, Path]:
    """Every module of these top-level folders, by its dotted path."""
    return {
        _dotted(path.relative_to(root)): path
        for package in packages
        for path in sorted((root / package).rglob("*.py"))
    }


def import_graph(modules: dict[str, Path], *, at_import: bool) -> dict[str, set[str]]:
    """Return what each module imports: modules of `modules`, and other packages by their full name.

    Args:
        modules: the modules to read, by their dotted names.
        at_import: leave out what is imported inside functions or for type checkers only.
    """
    return {
        module: set(imported_names(module, path, modules, at_import=at_import))
        for module, path in modules.items()
    }


def imported_names(module: str, path: Path, modules: dict[str, Path], *, at_import: bool) -> Iterator[str]:
    """Dotted names that one source file imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in _run_at_import(tree) if at_import else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (_within(alias.name, modules) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            source = ".".join(part for part in (base, node.module or "") if part)
            for alias in node.names:
                submodule = _within(f"{source}.{alias.name}", modules)
                yield submodule if submodule in modules else _within(source, modules)


def _within(name: str, modules: dict[str, Path]) -> str:
    """The path of a module in the repository: narrowcast.codec.api is codec.api."""
    path = name.removeprefix(f"{NAME}.")
    return path if path in modules else name


def _dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _run_at_import(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes that run when the module is imported."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        waiting.extend(ast.iter_child_nodes(node))
