"""The protocol stands on its own: no network of layers, no pictures, sockets in few files."""

from __future__ import annotations

import ast
from pathlib import Path

from narrowcast import protocol

FOLDER = Path(protocol.__file__).parent
FORBIDDEN = {"torch", "cv2", "numpy", "codec", "sender", "receiver", "benchmark"}
IMPURE = {"time", "datetime", "random", "zmq", "socket", "select", "asyncio"}


def imported_modules(path: Path) -> set[str]:
    """Name the top-level packages that a source file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_nothing_here_needs_pictures_a_clock_or_another_package_of_ours() -> None:
    for path in FOLDER.rglob("*.py"):
        assert not imported_modules(path) & FORBIDDEN, path.name


def test_only_the_room_of_zeromq_knows_sockets_and_time() -> None:
    impure = {path.parent.name for path in FOLDER.rglob("*.py") if imported_modules(path) & IMPURE}
    assert impure == {"zmq"}


def test_everything_exported_exists() -> None:
    assert all(hasattr(protocol, name) for name in protocol.__all__)
    assert len(protocol.__all__) == len(set(protocol.__all__))
