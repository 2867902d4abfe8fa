"""Checks that the benchmarks' configurations share; each refusal is one line that says what to change."""

from __future__ import annotations

import math
from pathlib import Path

from narrowcast.errors import ConfigError


def check_names(kind: str, names: tuple[str, ...], known: tuple[str, ...]) -> None:
    """Refuse a list that is empty or names what there is not."""
    if not names:
        raise ConfigError(f"no {kind} is named; choose from {', '.join(known)}")
    for name in names:
        if name not in known:
            raise ConfigError(f"no {kind} {name!r}; choose from {', '.join(known)}")


def check_above_zero(name: str, value: float) -> None:
    """Refuse what is no finite number above zero."""
    if not (value > 0 and math.isfinite(value)):
        raise ConfigError(f"{name} is {value:g}; it has to be above 0")


def check_folders(*paths: Path | None) -> None:
    """Refuse files in folders that do not exist."""
    for path in paths:
        if path is not None and not path.absolute().parent.is_dir():
            raise ConfigError(f"there is no folder {path.parent} to write {path.name} to; make it first")


def split_names(text: str) -> tuple[str, ...]:
    """Read "a, b,a" as ("a", "b")."""
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def split_counts(kind: str, text: str) -> tuple[int, ...]:
    """Read "1,2,4" as numbers from 1 up."""
    names = split_names(text)
    if not names or not all(name.isdecimal() and int(name) > 0 for name in names):
        raise ConfigError(f"{kind} is {text!r}; write numbers from 1 up, for example 1,2,4")
    return tuple(int(name) for name in names)
