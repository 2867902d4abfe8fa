"""What a figure was measured on: the machine and the versions that matter."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("narrowcast", "torch", "openvino", "opencv-python", "av", "numpy")


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Stands beside every table."""

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
    """Look once."""
    return Machine(
        processor=_processor(),
        cores=_cores(),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        packages={name: found for name in PACKAGES if (found := _version(name))},
    )


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


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
