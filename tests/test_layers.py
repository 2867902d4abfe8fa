"""Imports run one way, and never in a cycle: the rules of the rooms, read from the source files."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Mapping, Set
from pathlib import Path

import pytest

from tools.imports import import_graph, package_modules
from tools.rooms import ONE_ROOM, room_graph

ROOT = Path(__file__).parent.parent
PACKAGES = ("protocol", "codec", "runtime", "sender", "receiver", "fabric", "doctor", "benchmark", "lab")

MAY_IMPORT = {
    "protocol": {"protocol"},
    "codec": {"codec"},
    "runtime": {"runtime", "codec", "protocol"},
    "sender": {"sender", "runtime", "codec", "protocol"},
    "receiver": {"receiver", "runtime", "codec", "protocol"},
    "fabric": {"fabric", "receiver", "sender", "runtime", "codec", "protocol"},
    "doctor": {"doctor", "sender", "receiver", "runtime", "codec", "protocol"},
    "benchmark": set(PACKAGES) - {"lab"},
    "lab": {"lab", "benchmark", "sender", "runtime", "codec"},
}

ROOM_MAY_IMPORT: dict[str, set[str]] = {
    "protocol.wire": set(),
    "protocol.rate": {"protocol.wire"},
    "protocol.stills": {"protocol.wire", "protocol.rate"},
    "protocol.statistics": {"protocol.wire"},
    "protocol.session": {"protocol.wire", "protocol.rate", "protocol.stills"},
    "protocol.zmq": {"protocol.wire", "protocol.session"},
    "protocol.ws": {"protocol.wire", "protocol.session", "protocol.zmq"},
    "codec.classic": set(),
    "codec.latent": set(),
    "codec.hybrid": set(),
    "codec.metrics": set(),
    "codec.decoder_process": {"codec.classic", "codec.hybrid"},
    "codec.training": {"codec.latent", "codec.hybrid", "codec.metrics"},
    "sender.sources": set(),
    "sender.web": set(),
    "lab.mnist": set(),
    "lab.transforms": set(),
    "lab.entropy": set(),
    "lab.hybrids": set(),
    "lab.page": {"lab.mnist", "lab.transforms", "lab.entropy", "lab.hybrids"},
    "receiver.events": set(),
    "receiver.push": {"receiver.window"},
    "receiver.whep": {"receiver.window"},
    "fabric.relay": set(),
    "fabric.viewer": set(),
    "fabric.gateway": {"fabric.viewer"},
    "fabric.replay": set(),
    "fabric.fleet": set(),
    "fabric.wall": set(),
    "fabric.administration": {"fabric.archive"},
    "fabric.archive": {"fabric.replay"},
    "receiver.recording": set(),
    "receiver.window": {"receiver.recording"},
    "receiver.web": {"receiver.recording", "receiver.window", "receiver.play", "receiver.whep"},
    "receiver.play": {"receiver.recording", "receiver.window"},
}
"Of the other rooms of its package; what lies directly in the package is for all of its rooms."

PROGRAM_ROOM = "codec.training"
"Lies above the codec: a program, whose command line is made as the other programs' are."

BELOW_ALL = {
    "narrowcast.errors",
    "narrowcast.early_end",
    "narrowcast.output",
    "narrowcast.prepared_types",
    "narrowcast.text",
    "narrowcast.worker",
}
"What every package may import: the tree of errors, text made safe, types of messages, background jobs."

NO_PICTURES = {"torch", "cv2", "numpy", "openvino", "av"}
"Packages that the protocol does without."

MODULES = package_modules(ROOT, (*PACKAGES, "narrowcast"))
IMPORTS = import_graph(MODULES, at_import=False)
IMPORTS_AT_IMPORT = import_graph(MODULES, at_import=True)


def modules_in(room: str) -> list[str]:
    """The modules of a package or of one of its rooms."""
    return [module for module in MODULES if module == room or module.startswith(f"{room}.")]


def tops(module: str) -> set[str]:
    """The top-level packages that a module imports."""
    return {name.split(".")[0] for name in IMPORTS[module]}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_lies_below_it(package: str) -> None:
    for module in modules_in(package):
        imported = {name.split(".")[0] for name in IMPORTS[module] - BELOW_ALL}
        allowed = MAY_IMPORT[package] | ({"runtime"} if module.startswith(PROGRAM_ROOM) else set())
        wrong = imported & (set(PACKAGES) | {"narrowcast", "tests", "tools"}) - allowed
        assert not wrong, f"{module} imports {wrong}"


@pytest.mark.parametrize("room", ROOM_MAY_IMPORT)
def test_a_room_imports_only_the_rooms_below_it(room: str) -> None:
    package = room.split(".")[0]
    rooms = {other for other in ROOM_MAY_IMPORT if other.split(".")[0] == package}
    assert modules_in(room), f"there is no room {room}"
    for module in modules_in(room):
        for name in IMPORTS[module] & MODULES.keys():
            found = ".".join(name.split(".")[:2])
            allowed = {room, *ROOM_MAY_IMPORT[room]}
            assert found not in rooms - allowed, f"{module} imports {name}"


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_is_imported_from_narrowcast_alone(package: str) -> None:
    link = ROOT / "narrowcast" / package
    assert link.is_symlink() and link.resolve() == ROOT / package
    line = re.compile(rf"(^\s*|[\"';] ?|\\n)(from|import) {package}\b", re.MULTILINE)
    for folder in (*PACKAGES, "narrowcast", "tests", "examples"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not line.search(path.read_text(encoding="utf-8")), f"{path}: import it from narrowcast"


def test_every_room_has_a_rule() -> None:
    folders = {".".join(module.split(".")[:2]) for module in MODULES if module.count(".") > 1}
    assert {room for room in folders if room.split(".")[0] not in ("benchmark", "runtime")} == set(
        ROOM_MAY_IMPORT
    )


def test_what_ships_does_not_import_training() -> None:
    for module, imported in IMPORTS.items():
        if module.split(".")[0] not in ("benchmark", "narrowcast", "lab") and not module.startswith(
            PROGRAM_ROOM
        ):
            assert not {name for name in imported if name.startswith(PROGRAM_ROOM)}, module


@pytest.mark.parametrize("module", sorted(BELOW_ALL))
def test_what_lies_below_every_package_imports_none(module: str) -> None:
    assert not tops(module) & set(PACKAGES)


def test_the_protocol_knows_no_pictures() -> None:
    for module in modules_in("protocol"):
        assert not tops(module) & NO_PICTURES, f"{module} imports {tops(module) & NO_PICTURES}"


def test_only_its_own_room_knows_zeromq() -> None:
    users = {module for module in MODULES if "zmq" in tops(module)}
    assert users and all(user.startswith("protocol.zmq.") for user in users)


def cycle_in(graph: Mapping[str, Set[str]]) -> list[str]:
    """Return the names along one cycle of a directed graph, the first again at its end; empty if none."""
    done: set[str] = set()

    def visit(name: str, trail: list[str]) -> list[str]:
        if name in trail:
            return [*trail[trail.index(name) :], name]
        if name in done:
            return []
        done.add(name)
        return next(filter(None, (visit(target, [*trail, name]) for target in sorted(graph[name]))), [])

    return next(filter(None, (visit(name, []) for name in graph)), [])


def test_a_cycle_is_found() -> None:
    assert cycle_in({"a": {"b"}, "b": {"c", "d"}, "c": set(), "d": {"b"}}) == ["b", "d", "b"]
    assert cycle_in({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_no_module_imports_itself_in_a_cycle() -> None:
    # A package's __init__ gathers its modules; a module that names a sibling does not mean the whole package.
    ordinary = {module for module, path in MODULES.items() if path.name != "__init__.py"}
    assert not cycle_in({module: IMPORTS[module] & ordinary for module in ordinary})
    assert not cycle_in({module: imported & MODULES.keys() for module, imported in IMPORTS_AT_IMPORT.items()})


@pytest.mark.parametrize("one_room", [ONE_ROOM, set()], ids=["as drawn", "every folder a room"])
def test_no_room_imports_itself_in_a_cycle(one_room: set[str]) -> None:
    graph = room_graph(one_room)
    cycle = cycle_in({room: targets.keys() for room, targets in graph.items()})
    ways = [graph[room][target][0] for room, target in itertools.pairwise(cycle)]
    assert not cycle, f"{' -> '.join(cycle)}: {'; '.join(ways)}"


def test_every_module_opens_with_a_line_that_says_what_it_is() -> None:
    for module, path in MODULES.items():
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert docstring, f"{module} has no docstring"
