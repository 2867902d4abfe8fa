"""Settings written once: a dataclass gives the command line, the keys of a file, their help and their checks.

A field has its type and default as ever, its help in the string under it, and the rest in a Setting:

    @dataclass(frozen=True, kw_only=True)
    class Options(Settings):
        fps: Annotated[float | None, Setting(above=0, maximum=240)] = None
        "frames a second; by default the source's own"

    arguments = SettingsParser(prog="...", settings=(Options,)).parse()  # settings_parser.py
    options = make_settings(Options, arguments)

The field max_kbps is the flag --max-kbps, the key max-kbps in a file and the argument max_kbps in Python; an
error names it as it was given.
"""

from __future__ import annotations

import contextlib
import math
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from narrowcast.errors import ConfigError

SettingsT = TypeVar("SettingsT")
KEYS_OF_FILE = "keys_of_file"
"""Attribute of parsed arguments: what a file has given, by the field's name, such as "fps in send.toml"."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a field's type, default and string do not say of it."""

    flag: str = ""
    "name on the command line, without dashes, and in a file; empty: made from the field's name"
    metavar: str | None = None
    "what --help calls the value; None: the flag in capitals"
    positional: bool = False
    "whether it stands on the command line without a flag"
    program_only: bool = False
    "whether only programs set it: neither the command line nor a file has it"
    choices: Sequence[str] | Callable[[], Sequence[str]] = ()
    "values that it may have, or what looks them up; a Literal type has them in itself"
    minimum: float | None = None
    "smallest number allowed"
    above: float | None = None
    "number that it has to be above"
    maximum: float | None = None
    "largest number allowed"
    zero: str = ""
    "what 0 means, where it is allowed although it is outside these limits"
    parse: Callable[[str], object] | None = None
    "makes the value of a text, or raises ConfigError; None: the type does"
    exclusive: str = ""
    "name of a group of settings of which the command line takes one at most"

    def limits(self) -> str:
        """The limits in words, such as "from 1 to 5, or 0 for no cap"; empty where there are none."""
        least, above, most = (
            None if limit is None else f"{limit:.15g}" for limit in (self.minimum, self.above, self.maximum)
        )
        if least is not None:
            words = f"at least {least}" if most is None else f"from {least} to {most}"
        elif above is not None:
            words = f"above {above}" if most is None else f"above {above} and up to {most}"
        else:
            words = "" if most is None else f"up to {most}"
        return f"{words}, or 0 for {self.zero}" if self.zero else words

    def allows(self, number: float) -> bool:
        """Whether a number is within the limits; one that is not finite is within none."""
        if self.zero and number == 0:
            return True
        return not self.limits() or (
            math.isfinite(number)
            and (self.minimum is None or number >= self.minimum)
            and (self.above is None or number > self.above)
            and (self.maximum is None or number <= self.maximum)
        )


PROGRAM_ONLY = Setting(program_only=True)


@dataclass(frozen=True, kw_only=True)
class SettingField:
    """A field of a dataclass of settings, with its annotation read."""

    name: str
    "of the field: max_kbps"
    kind: Any
    "type of the value, or of each of several"
    several: bool
    "whether the value is a tuple of any length"
    default: object
    "MISSING where the setting has to be given"
    choices: Sequence[str] | Callable[[], Sequence[str]]
    "as in Setting, or those of the Literal"
    setting: Setting
    "the rest"

    @property
    def key(self) -> str:
        """The name in a file: max-kbps."""
        return self.setting.flag or self.name.replace("_", "-")

    @property
    def flag(self) -> str:
        """The name on a command line: --max-kbps; a positional one has no dashes."""
        return self.key if self.setting.positional else f"--{self.key}"

    def allowed(self) -> Sequence[str]:
        """The choices; to look them up may import what has them."""
        return self.choices() if callable(self.choices) else self.choices

    def error(self, problem: str) -> ConfigError:
        """The error that begins with this field's name."""
        return ConfigError(problem, setting=self.name)


@cache
def fields_of(cls: type) -> tuple[SettingField, ...]:
    """Describe the fields of a dataclass: its own first, then those that it inherits."""
    hints = get_type_hints(cls, include_extras=True)
    owners = [base.__dict__.get("__annotations__", {}) for base in cls.__mro__]

    def distance(name: str) -> int:
        return next(number for number, own in enumerate(owners) if name in own)

    in_order = sorted(fields(cls), key=lambda each: distance(each.name))
    return tuple(_described(each, hints[each.name]) for each in in_order)


def _described(field: Field[Any], hint: Any) -> SettingField:
    setting = Setting()
    if get_origin(hint) is Annotated:
        hint, setting = get_args(hint)[:2]
    if get_origin(hint) in (Union, UnionType):
        hint = next(each for each in get_args(hint) if each is not NoneType)
    several = get_origin(hint) is tuple and get_args(hint)[-1] is Ellipsis
    kind = get_args(hint)[0] if several else hint
    literals = get_args(kind) if get_origin(kind) is Literal else ()
    return SettingField(
        name=field.name,
        kind=str if literals else kind,
        several=several,
        default=field.default if field.default_factory is MISSING else field.default_factory(),
        choices=literals or setting.choices,
        setting=setting,
    )


def check_settings(settings: object) -> None:
    """Check each field's type, choices and limits; ConfigError."""
    cls: type = type(settings)
    for field in fields_of(cls):
        value = getattr(settings, field.name)
        if value is not None:
            for each in value if field.several else (value,):
                _check(field, each)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Base of settings that are checked when they are made."""

    def __post_init__(self) -> None:
        """Raise ConfigError where a setting cannot be."""
        check_settings(self)


def _check(field: SettingField, value: Any) -> None:
    if field.kind in (int, float):
        if isinstance(value, bool) or not isinstance(value, Integral if field.kind is int else Real):
            raise field.error(f"is {value!r}; it has to be {_number(field)}")
        if not field.setting.allows(float(value)):
            raise field.error(f"is {value:g}; it has to be {field.setting.limits()}")
    elif field.kind is bool and not isinstance(value, bool):
        raise field.error(f"is {value!r}; it may be true or false")
    elif field.choices and value not in field.allowed():
        raise field.error(f"is {value!r}; it may be {', '.join(field.allowed())}")


def _number(field: SettingField) -> str:
    return "a whole number" if field.kind is int else "a number"


def make_settings(cls: type[SettingsT], arguments: Namespace, **known: object) -> SettingsT:
    """Make settings of what a command line and its file have given.

    Args:
        cls: the dataclass.
        arguments: from a SettingsParser; what they lack keeps its default.
        known: values of fields that the program knows better.

    ConfigError names a setting as it was given: --max-kbps, or max-kbps in send.toml.
    """
    kind: type = cls
    described = {field.name: field for field in fields_of(kind) if not field.setting.program_only}
    with named_as_given(arguments, cls):
        values = {
            name: _value(described[name], value)
            for name, value in vars(arguments).items()
            if name in described
        }
        return cls(**{**values, **known})


@contextlib.contextmanager
def named_as_given(arguments: Namespace, *classes: type) -> Iterator[None]:
    """Let a ConfigError name a field of the classes as the command line or the file does."""
    try:
        yield
    except ConfigError as error:
        for field in (each for cls in classes for each in fields_of(cls)):
            if field.name == error.setting and not field.setting.program_only:
                of_file: dict[str, str] = getattr(arguments, KEYS_OF_FILE, {})
                given_as = of_file.get(field.name, field.flag)
                raise ConfigError(error.problem, setting=given_as, remedy=error.remedy) from error
        raise


def _value(field: SettingField, given: object) -> object:
    """The value of what a command line or a file has for a field."""
    if not field.several:
        return _one(field, given)
    if isinstance(given, str) and not field.setting.positional:
        given = given.split(",")
    if given == []:
        raise field.error("is an empty list; name one at least")
    return tuple(_one(field, each) for each in (given if isinstance(given, list) else [given]))


def _one(field: SettingField, given: object) -> object:
    if field.kind is bool:
        return given  # Settings refuses what is neither true nor false
    if isinstance(given, bool) or not isinstance(given, (str, int, float)):
        raise field.error(f"is {given!r}; it has to be a number or a text in quotes")
    if field.setting.parse is not None:
        return field.setting.parse(str(given))
    try:
        return field.kind(str(given))
    except ValueError as error:
        raise field.error(f"is {given!r}; it has to be {_number(field)}") from error
