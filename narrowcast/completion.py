"""The command line of shell completion, `narrowcast completion`; and one parser of all commands."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Literal

from narrowcast.errors import NarrowcastError
from narrowcast.runtime.settings import Setting, Settings, make_settings
from narrowcast.runtime.settings_parser import SettingsParser
from narrowcast.runtime.terminal import run_command


@dataclass(frozen=True, kw_only=True)
class CompletionSettings(Settings):
    """For which shell."""

    shell: Annotated[Literal["bash", "zsh", "tcsh"], Setting(positional=True)]
    "bash, zsh or tcsh"


def main(argv: Sequence[str] | None = None) -> int:
    """Print the script of a shell; returns the exit status."""
    arguments = make_parser().parse(argv)
    return run_command(lambda: print(_script(make_settings(CompletionSettings, arguments).shell)))


def make_parser() -> SettingsParser:
    """The arguments of the command."""
    return SettingsParser(
        prog="narrowcast completion",
        description="Print what makes a shell complete commands and flags. "
        'For bash: eval "$(narrowcast completion bash)", in ~/.bashrc.',
        settings=(CompletionSettings,),
    )


def whole_parser() -> argparse.ArgumentParser:
    """One parser of all commands, for what describes them: completion, and the manual page."""
    from narrowcast.__main__ import COMMANDS

    parser = argparse.ArgumentParser(
        prog="narrowcast", description="Streams a live camera over links too thin for video."
    )
    commands = parser.add_subparsers(metavar="COMMAND", title="commands")
    for name, (module, purpose) in COMMANDS.items():
        commands.add_parser(name, help=purpose)
        with suppress(ImportError, NarrowcastError):  # an extra is not installed
            commands.choices[name] = import_module(f"narrowcast.{module}").make_parser()
    for each in parsers_of(parser):
        each.explain()
    return parser


def parsers_of(parser: argparse.ArgumentParser) -> Iterator[SettingsParser]:
    """The parsers below one, and itself, as far as they are of settings."""
    if isinstance(parser, SettingsParser):
        yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from parsers_of(below)


def _script(shell: str) -> str:
    import shtab

    parser = whole_parser()
    for each in parsers_of(parser):
        each.tell_values(file=shtab.FILE)
    return str(shtab.complete(parser, shell=shell))
