"""The documents name only what there is: commands parse, flags, make targets, modules and files exist."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from narrowcast.__main__ import COMMANDS, main
from narrowcast.codec.training import __main__ as training
from tests.documented_commands import (
    DOCUMENTS,
    ROOT,
    DocumentedCommand,
    documented_commands,
    documented_flags,
)

WITH_SUBCOMMANDS = ("bench", "train", "keys", "lab", "fabric")
STAND_INS = {"CODEC": "gan", "CODEC:640x360": "gan:640x360"}
"What a reader replaces, and what may stand there."


def commands_of(program: str, *, whole: bool = False) -> list[DocumentedCommand]:
    """Every command line of a program; with `whole` those alone that are to be pasted."""
    found = dict.fromkeys(command for command in documented_commands() if command.words[0] == program)
    return [command for command in found if command.whole or not whole]


def path_of(command: DocumentedCommand) -> tuple[str, ...]:
    """The names of the command and its subcommand, as in bench rd."""
    words = [word for word in command.words[1:] if not word.startswith("-")]
    return tuple(words[: 2 if words[:1] and words[0] in WITH_SUBCOMMANDS else 1])


@cache
def flags_of(path: tuple[str, ...]) -> frozenset[str]:
    """Every flag in the help of a command."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        main([*path, "--help"])
    return frozenset(re.findall(r"(?<![\w-])--[a-z][a-z-]*", out.getvalue()))


def test_commands_are_found_in_blocks_and_in_sentences() -> None:
    assert len(commands_of("narrowcast", whole=True)) > 20
    assert len(commands_of("narrowcast")) > 50


@pytest.mark.parametrize("command", commands_of("narrowcast"), ids=lambda command: command.text)
def test_a_command_and_its_flags_exist(command: DocumentedCommand) -> None:
    path = path_of(command)
    assert not path or path[0] in COMMANDS, command.document
    flags = {word.partition("=")[0] for word in command.words if word.startswith("--")}
    assert flags <= flags_of(path) | {"--help", "--version"}, command.document


@pytest.mark.parametrize("command", commands_of("narrowcast", whole=True), ids=lambda command: command.text)
def test_a_command_to_be_pasted_is_taken(command: DocumentedCommand, monkeypatch: pytest.MonkeyPatch) -> None:
    def do_nothing(*arguments: object, **settings: object) -> int:
        return 0

    def only_settings(run: Callable[[], object]) -> int:
        run()
        return 0

    for module, _ in COMMANDS.values():
        if hasattr(importlib.import_module(f"narrowcast.{module}"), "run_command"):
            monkeypatch.setattr(f"narrowcast.{module}.run_command", do_nothing)
    monkeypatch.setattr("narrowcast.benchmark.__main__.run_command", only_settings)
    monkeypatch.setattr("narrowcast.benchmark.__main__.run_benchmark", do_nothing)
    monkeypatch.setattr("narrowcast.codec.training.__main__.train", do_nothing)
    for name, (settings, _, text) in training.OTHERS.items():
        monkeypatch.setitem(training.OTHERS, name, (settings, do_nothing, text))
    assert main([STAND_INS.get(word, word) for word in command.words[1:]]) == 0


def test_a_flag_that_stands_alone_is_one_of_some_command() -> None:
    paths = {path_of(command) for command in commands_of("narrowcast")} | {(name,) for name in COMMANDS}
    known = flags_of(("train", "pack")).union(*map(flags_of, paths), {"--faults", "--no-"})
    assert not {flag: name for flag, name in documented_flags().items() if flag not in known}


@pytest.mark.parametrize("command", commands_of("make"), ids=lambda command: command.text)
def test_a_target_of_make_exists(command: DocumentedCommand) -> None:
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    named = [word for word in command.words[1:] if "=" not in word]
    assert targets and set(named) <= set(targets[1].split()), command.document


@pytest.mark.parametrize("command", commands_of("python"), ids=lambda command: command.text)
def test_a_module_to_be_run_exists(command: DocumentedCommand) -> None:
    if command.words[1] != "-m":  # a script that the document shows
        assert f"`{command.words[1]}`" in (ROOT / command.document).read_text(encoding="utf-8")
        return
    assert importlib.util.find_spec(command.words[2]), command.document
    files = [word for word in command.words[3:] if "/" in word]
    assert all((ROOT / name).exists() for name in files), command.document


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_links_to_exists(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    files = [target for target in targets if "://" not in target]
    assert not [name for name in files if not (document.parent / name).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_file_that_a_document_names_exists(document: Path) -> None:
    names = re.findall(
        r"`([a-z_]+/[\w/.-]+\.(?:py|md|toml|json|service))`", document.read_text(encoding="utf-8")
    )
    assert not [name for name in names if not (ROOT / name).exists()]
