"""What a benchmark has found so far, kept as JSON beside a description of the machine while it runs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from math import ceil
from pathlib import Path
from typing import Any, Generic, TypeVar

from narrowcast.errors import BenchError
from narrowcast.protocol import Percentiles

PACKAGES = ("narrowcast", "torch", "openvino", "opencv-python", "av", "numpy")

SettingsT = TypeVar("SettingsT")
OutcomeT = TypeVar("OutcomeT")


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Something that could not be measured."""

    key: Mapping[str, object]
    "what it was: the fields of a row that tell it from the others, in the order of the table's columns"
    reason: str
    'why, in a few words, for example "not installed"'
    label: str = ""
    "what it is called in a notice; empty where the table is enough"


@dataclass(kw_only=True)
class Results(Generic[SettingsT]):
    """Everything that one run of a benchmark has found."""

    settings: SettingsT
    "what was asked for"
    outcomes: list[object] = field(default_factory=list)
    "rows, gaps, and facts about the whole run, in the order in which they were found"

    def of(self, kind: type[OutcomeT]) -> list[OutcomeT]:
        """Return the outcomes of one class."""
        return [outcome for outcome in self.outcomes if isinstance(outcome, kind)]


def json_rows(rows: Iterable[Any]) -> list[dict[str, object]]:
    """Return each row's fields and its properties, which are values that follow from the fields."""
    return [_plain(row) for row in rows]


def json_gaps(gaps: Iterable[Gap]) -> list[dict[str, object]]:
    """Return what could not be measured, and why."""
    return [{**gap.key, "reason": gap.reason} for gap in gaps]


def percentiles_of(values_ms: Iterable[float]) -> Percentiles:
    """Read the three points off (nearest rank), rounded to a microsecond."""
    ordered = sorted(values_ms)
    if not ordered:
        return Percentiles(p50=None, p95=None, p99=None, count=0)
    p50, p95, p99 = (round(ordered[ceil(len(ordered) * per_cent / 100) - 1], 3) for per_cent in (50, 95, 99))
    return Percentiles(p50=p50, p95=p95, p99=p99, count=len(ordered))


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Replace the file in one go: an interrupt leaves what the write before held."""
    draft = path.with_name(path.name + ".part")
    text = json.dumps({"machine": asdict(describe_machine()), **content}, indent=1)
    try:
        draft.write_text(text + "\n", encoding="utf-8")
        os.replace(draft, path)
    except OSError as error:
        raise BenchError(f"cannot write {path}: {error.strerror}; name another file with --json") from error


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        names = [each.name for each in fields(value)]
        names += [name for name in dir(type(value)) if isinstance(getattr(type(value), name), property)]
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value


@dataclass(frozen=True, kw_only=True)
class Machine:
    """The machine and the versions that figures were measured with."""

    processor: str
    "model of the CPU"
    cores: int
    "logical cores that this process may use"
    system: str
    "operating system and release"
    python: str
    "version"
    packages: dict[str, str]
    "versions by name; those that are missing are left out"


@cache
def describe_machine() -> Machine:
    """Describe the machine that this process runs on."""
    return Machine(
        processor=_processor(),
        cores=_cores(),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        packages=installed_versions(PACKAGES),
    )


def installed_versions(packages: Iterable[str]) -> dict[str, str]:
    """Return versions by name, without packages that are missing."""
    found: dict[str, str] = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass  # not Linux
    return platform.processor() or platform.machine()
