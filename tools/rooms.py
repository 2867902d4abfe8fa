"""Draws the rooms of the product and their imports as a Mermaid diagram into docs/architecture.md.

`python -m tools.rooms` prints the diagram; with `--write` it goes into the document.
"""

from __future__ import annotations

import argparse
from collections.abc import Set
from pathlib import Path

from tools.imports import import_graph, package_modules

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "architecture.md"

PACKAGES = ("narrowcast", "codec", "protocol", "runtime", "sender", "receiver", "doctor", "benchmark", "lab")

ONE_ROOM = {"runtime", "doctor", "benchmark", "lab"}
"Packages that are drawn as one room, however many folders they have."

BELOW = "narrowcast"
"The package with the modules that every other may use."

ABOVE = {"codec.training"}
"Rooms that stand above the rest of their package: what they use is not what its folders share."

BEGIN = "<!-- rooms: made by `python -m tools.rooms --write` -->"
END = "<!-- end of rooms -->"


def rooms_of(
    modules: dict[str, Path], graph: dict[str, set[str]], one_room: Set[str] = ONE_ROOM
) -> dict[str, str]:
    """Return the room of each module: its folder, two levels deep at most, one level in `one_room`.

    What lies directly in a package and is used by its folders is a room of its own, "PACKAGE shared"; so is
    what lies directly in `narrowcast` and is used by any other package.
    """
    rooms = {}
    for module, path in modules.items():
        folder = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
        rooms[module] = folder[0] if folder[0] in one_room else ".".join(folder[:2])
    waiting = [name for name in modules if rooms[name] != BELOW and rooms[name] not in ABOVE]
    while waiting:
        importing = waiting.pop()
        of_folder = "." in rooms[importing] or rooms[importing].endswith(" shared")
        for imported in graph[importing]:
            package = imported.partition(".")[0]
            used = package == BELOW or (of_folder and package == importing.partition(".")[0])
            if rooms.get(imported) == package and used and package not in one_room and imported != package:
                rooms[imported] = f"{package} shared"
                waiting.append(imported)
    return rooms


def room_graph(one_room: Set[str] = ONE_ROOM) -> dict[str, dict[str, list[str]]]:
    """Return what each room imports, wherever in a file it does: the other room, and the lines that say so.

    Public faces, which gather names, are left out.
    """
    modules = package_modules(ROOT, PACKAGES)
    graph = import_graph(modules, at_import=False)
    rooms = rooms_of(modules, graph, one_room)
    found: dict[str, dict[str, list[str]]] = {room: {} for room in rooms.values()}
    for module, imported in graph.items():
        if modules[module].name != "__init__.py":
            for name in imported & rooms.keys():
                if rooms[name] != rooms[module]:
                    found[rooms[module]].setdefault(rooms[name], []).append(f"{module} imports {name}")
    return found


def without_detours(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """Leave out an arrow where a longer way along other arrows says the same (transitive reduction)."""

    def reached(start: str, seen: frozenset[str]) -> set[str]:
        found = set(graph[start])
        for room in graph[start] - seen:
            found |= reached(room, seen | {room})
        return found

    return {
        room: {
            target
            for target in targets
            if not any(target in reached(other, frozenset({room, other})) for other in targets - {target})
        }
        for room, targets in graph.items()
    }


def diagram() -> str:
    """Return the Mermaid source: a box for a room, a frame for a package, an arrow for an import."""
    graph = {room: set(targets) for room, targets in room_graph().items()}
    lines = ["```mermaid", "flowchart TD"]
    for package in PACKAGES:
        rooms = sorted(room for room in graph if room.split(".")[0].split(" ")[0] == package)
        boxes = [f'{_id(room)}["{room.replace(".", "/")}"]' for room in rooms]
        if len(boxes) == 1:
            lines.append(f"  {boxes[0]}")
        elif boxes:
            lines += [f"  subgraph {package}_rooms [{package}]", *(f"    {box}" for box in boxes), "  end"]
    for room, targets in sorted(without_detours(graph).items()):
        lines += [f"  {_id(room)} --> {_id(target)}" for target in sorted(targets)]
    return "\n".join([*lines, "```"])


def document_with(drawn: str, text: str) -> str:
    """Return the document's text with the diagram between its two marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{drawn}\n\n{END}{after}"


def _id(room: str) -> str:
    return room.replace(".", "_").replace(" ", "_")


def main() -> None:
    """Print the diagram, or write it into the document."""
    parser = argparse.ArgumentParser(description="Draw the product's rooms and their imports.")
    parser.add_argument("--write", action="store_true", help=f"put it into {DOCUMENT.relative_to(ROOT)}")
    if parser.parse_args().write:
        DOCUMENT.write_text(document_with(diagram(), DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(diagram())


if __name__ == "__main__":
    main()
