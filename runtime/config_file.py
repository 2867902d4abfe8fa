"""Settings from a TOML file: whatever the command line takes, under the same names."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

from narrowcast.errors import ConfigError
from narrowcast.runtime.settings import SettingField

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class ConfigFileError(ConfigError):
    """The file cannot be used; the text says where and how to fix it."""


def read_settings(path: Path, fields: Sequence[SettingField]) -> dict[str, object]:
    """The file's values by the names of their fields, as they stand there: make_settings checks them."""
    by_key = {field.key: field for field in fields}
    found: dict[str, object] = {}
    for key, value in _read(path).items():
        field = by_key.get(key.replace("_", "-"))
        if field is None:
            nearest = difflib.get_close_matches(key, by_key, n=1, cutoff=0.0)[0]
            raise ConfigFileError(f"{path} has a setting {key!r}, which there is not; is it {nearest!r}?")
        found[field.name] = value
    groups = {field.setting.exclusive for field in fields} - {""}
    for group in groups:
        keys = [each.key for each in fields if each.setting.exclusive == group and each.name in found]
        if len(keys) > 1:
            raise ConfigFileError(f"{path} has {' and '.join(keys)}, which exclude each other: leave one out")
    return found


def _read(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise ConfigFileError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    except (ValueError, RecursionError) as error:  # ValueError: also a number of thousands of digits
        raise ConfigFileError(f"{path} is no TOML: {error}") from error
