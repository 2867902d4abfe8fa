"""Settings from a TOML file: whatever the command line takes, under the same names; the command line wins."""

from __future__ import annotations

import difflib
import sys
from argparse import SUPPRESS, Action, ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from narrowcast.errors import ConfigError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OPTION = "--config"


class ConfigFileError(ConfigError):
    """The file cannot be used; the text says where and how to fix it."""


def parse_with_file(parser: ArgumentParser, argv: Sequence[str] | None) -> Namespace:
    """Parse a command line that may name a file with --config; what the line says beats the file."""
    parser.add_argument(OPTION, metavar="FILE", help="TOML file with any of these settings")
    line = sys.argv[1:] if argv is None else argv
    given = _given(parser, line)
    if "config" in given:
        try:
            settings = read_settings(Path(given["config"]), parser)
        except ConfigFileError as error:
            parser.error(str(error))
        _use_as_defaults(parser, settings, set(given))
    return parser.parse_args(line)


def _given(parser: ArgumentParser, line: Sequence[str]) -> dict[str, str]:
    """What a command line names, unchecked."""
    silent = type(parser)(prog=parser.prog, add_help=False, argument_default=SUPPRESS)
    for action in parser._actions:
        if action.option_strings:
            kind = "store_true" if action.nargs == 0 else "store"
            silent.add_argument(*action.option_strings, dest=action.dest, action=kind)
    return vars(silent.parse_known_args(line)[0])


def _use_as_defaults(parser: ArgumentParser, settings: dict[str, object], given: set[str]) -> None:
    """Put the file's settings where the line says nothing."""
    for group in parser._mutually_exclusive_groups:
        names = {action.dest for action in group._group_actions}
        if names & given:  # the file's --listen must not join the line's --connect
            settings = {name: value for name, value in settings.items() if name not in names}
    for action in parser._actions:
        if action.dest in settings and not action.option_strings:
            action.nargs, action.required = "*" if _takes_several(action) else "?", False
    parser.set_defaults(**settings)


def read_settings(path: Path, parser: ArgumentParser) -> dict[str, object]:
    """The file's settings by their names in the parser's namespace, each checked as the parser would."""
    table = _read(path)
    actions = {_setting_name(action): action for action in parser._actions if _is_setting(action)}
    settings: dict[str, object] = {}
    for name, value in table.items():
        action = actions.get(name.replace("_", "-"))
        if action is None:
            nearest = difflib.get_close_matches(name, actions, n=1, cutoff=0.0)[0]
            raise ConfigFileError(f"{path} has a setting {name!r}, which there is not; is it {nearest!r}?")
        settings[action.dest] = _checked_all(value, action, f"{name} in {path}")
    for group in parser._mutually_exclusive_groups:
        names = [_setting_name(action) for action in group._group_actions if action.dest in settings]
        if len(names) > 1:
            raise ConfigFileError(
                f"{path} has {' and '.join(names)}, which exclude each other: leave one out"
            )
    return settings


def _read(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise ConfigFileError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigFileError(f"{path} is no TOML: {error}") from error


def _is_setting(action: Action) -> bool:
    return action.dest not in ("help", OPTION.lstrip("-"))


def _setting_name(action: Action) -> str:
    """As on the command line: --max-kbps is max-kbps, the source is source."""
    return action.option_strings[0].lstrip("-") if action.option_strings else action.dest


def _takes_several(action: Action) -> bool:
    """Whether the line may have several of it, and so the file a list."""
    return action.nargs in ("+", "*")


def _checked_all(value: object, action: Action, where: str) -> object:
    """One value or a list of them, where a list may be."""
    if not _takes_several(action):
        return _checked(value, action, where)
    values = value if isinstance(value, list) else [value]
    if not values:
        raise ConfigFileError(f"{where} is an empty list; name one at least")
    return [_checked(each, action, where) for each in values]


def _checked(value: object, action: Action, where: str) -> object:
    """The value as the parser would have made it."""
    if action.nargs == 0:
        if not isinstance(value, bool):
            raise ConfigFileError(f"{where} is {value!r}; it may be true or false")
        return value
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ConfigFileError(f"{where} is {value!r}; it has to be a number or a text in quotes")
    try:
        made = action.type(str(value)) if callable(action.type) else str(value)
    except (ValueError, TypeError) as error:
        wanted = "a whole number" if action.type is int else "a number"
        raise ConfigFileError(f"{where} is {value!r}; it has to be {wanted}") from error
    if action.choices is not None and made not in action.choices:
        raise ConfigFileError(f"{where} is {value!r}; it may be {', '.join(map(str, action.choices))}")
    return made
