"""A command line made from dataclasses of settings, and the file of settings that it may name."""

from __future__ import annotations

import ast
import inspect
import itertools
import sys
import textwrap
from argparse import SUPPRESS, Action, BooleanOptionalAction, HelpFormatter, Namespace
from collections.abc import Sequence
from dataclasses import MISSING, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from narrowcast.errors import ConfigError
from narrowcast.runtime.config_file import read_settings
from narrowcast.runtime.settings import KEYS_OF_FILE, SettingField, fields_of
from narrowcast.runtime.terminal import OneLineParser


class SettingsParser(OneLineParser):
    """Parses a command line whose arguments are the fields of dataclasses; see runtime/settings.py.

    The parsed arguments hold what was given, as it was given, and nothing else: make_settings reads them.
    """

    def __init__(
        self,
        *,
        prog: str | None = None,
        description: str | None = None,
        epilog: str | None = None,
        formatter_class: type[HelpFormatter] = HelpFormatter,
        settings: Sequence[type] = (),
        file: bool = False,
    ) -> None:
        """Take the fields of all `settings`; with `file` also a --config that names a TOML file of them."""
        super().__init__(prog=prog, description=description, epilog=epilog, formatter_class=formatter_class)
        self._added: dict[str, tuple[SettingField, type, Action]] = {}
        groups: dict[str, Any] = {}
        for cls in settings:
            for field in fields_of(cls):
                exclusive = field.setting.exclusive
                if exclusive and exclusive not in groups:
                    groups[exclusive] = self.add_mutually_exclusive_group()
                if not field.setting.program_only:
                    action = _add(groups.get(exclusive, self), field)
                    self._added[field.name] = field, cls, action
        if file:
            self.add_argument("--config", metavar="FILE", help="TOML file with any of these settings")

    @property
    def settings(self) -> tuple[SettingField, ...]:
        """What may be given, in the order of --help."""
        return tuple(field for field, _, _ in self._added.values())

    def parse(self, argv: Sequence[str] | None = None) -> Namespace:
        """Parse a command line and the file it names; the line beats the file. A mistake ends the program."""
        line = sys.argv[1:] if argv is None else argv
        given = self._given(line)
        if "config" not in given:
            return self.parse_args(line)
        path = Path(given["config"])
        try:
            of_file = read_settings(path, self.settings)
        except ConfigError as error:
            self.error(error.on_command_line())
        taken = {self._added[name][0].setting.exclusive for name in given if name in self._added} - {""}
        used = {
            name: value
            for name, value in of_file.items()
            if name not in given and self._added[name][0].setting.exclusive not in taken
        }
        for field, _, action in (self._added[name] for name in used):
            action.required = False
            if field.setting.positional:
                action.nargs = "*" if field.several else "?"
        arguments = self.parse_args(line)
        keys = {}
        for name, value in used.items():
            if not hasattr(arguments, name):  # a positional one is seen only now
                setattr(arguments, name, value)
                keys[name] = f"{self._added[name][0].key} in {path}"
        setattr(arguments, KEYS_OF_FILE, keys)
        return arguments

    def tell_values(self, file: object) -> None:
        """Write into each action what shell completion may offer: choices, or `file` for a path."""
        for field, _, action in self._added.values():
            if field.kind is Path:
                action.complete = file  # type: ignore[attr-defined]
            elif allowed := field.allowed():
                action.choices = list(allowed)

    def _given(self, line: Sequence[str]) -> dict[str, str]:
        """The flags that a command line has, unchecked."""
        silent = OneLineParser(prog=self.prog, add_help=False, argument_default=SUPPRESS)
        for action in self._actions:
            if action.option_strings:
                kind = "store_true" if action.nargs == 0 else "store"
                silent.add_argument(*action.option_strings, dest=action.dest, action=kind)
        return vars(silent.parse_known_args(line)[0])

    def format_help(self) -> str:
        """The text of --help."""
        self.explain()
        return super().format_help()

    def explain(self) -> None:
        """Write into each action what its field's string says, which is read only where somebody wants it."""
        for field, cls, action in self._added.values():
            action.help = help_of(field, cls).replace("%", "%%")


def _add(group: Any, field: SettingField) -> Action:
    """Add the argument of a field to a parser or a group of it."""
    metavar = field.setting.metavar or field.key.replace("-", "_").upper()
    options: dict[str, Any] = {"metavar": metavar, "default": SUPPRESS}
    required = field.default is MISSING
    action: Action
    if field.setting.positional:
        nargs = {(True, True): "+", (True, False): "*", (False, False): "?"}.get((field.several, required))
        action = group.add_argument(field.name, nargs=nargs, **options)
    elif field.kind is bool:
        action = group.add_argument(field.flag, dest=field.name, action=BooleanOptionalAction)
        action.default = SUPPRESS  # given above, Python 3.10 would write it into the help
    else:
        action = group.add_argument(field.flag, dest=field.name, required=required, **options)
    return action


def help_of(field: SettingField, cls: type) -> str:
    """The string under a field, and what its type and default add to it."""
    notes = [", ".join(field.allowed())]
    if field.setting.maximum is not None:
        notes.append(field.setting.limits())
    if shown := _shown(field, field.default):
        notes.append(f"default {shown}")
    notes = list(filter(None, notes))
    return strings_of(cls).get(field.name, "") + (f" ({'; '.join(notes)})" if notes else "")


def _shown(field: SettingField, value: object) -> str:
    """A default as it could be given; empty where there is none to speak of."""
    if any(value is none for none in (MISSING, None, False)):
        return ""
    if isinstance(value, tuple):
        # The parts of one value, as of a size, have an x between them.
        listed = field.several and value is field.default
        return ("," if listed else "x").join(_shown(field, each) for each in value)
    if isinstance(value, bool):
        return "yes"
    return f"{value:g}" if isinstance(value, float) else str(value)


@cache
def strings_of(cls: type) -> dict[str, str]:
    """The string under each field of a dataclass and its bases; none where their source is not installed."""
    strings: dict[str, str] = {}
    for base in reversed([each for each in cls.__mro__ if is_dataclass(each)]):
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(base)))
        except (OSError, TypeError):
            continue
        body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
        for before, after in itertools.pairwise(body):
            match before, after:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=text)):
                    strings[name] = " ".join(str(text).split())
    return strings
