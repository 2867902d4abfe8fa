"""What a process costs: CPU time and resident memory, as the system counts them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from narrowcast.benchmark.errors import ProgramError
from narrowcast.errors import BenchError


def load_psutil() -> Any:
    """Import psutil; BenchError where it is not installed."""
    try:
        import psutil
    except ImportError as error:
        raise BenchError(
            "CPU and memory are read with psutil; install it with: pip install 'narrowcast[bench]'"
        ) from error
    return psutil


def cpu_seconds(pid: int) -> float:
    """CPU time of all threads of a process so far; ProgramError where it has ended."""
    psutil = load_psutil()
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess as error:
        raise ProgramError("a program of the benchmark ended before its time") from error
    return float(times.user + times.system)


@dataclass(frozen=True, kw_only=True)
class TreeUsage:
    """What a process and those that it has started cost."""

    cpu_s: float
    "CPU time so far"
    resident_bytes: int
    "memory in RAM; what several of them share is counted once for each"


def tree_usage(pid: int) -> TreeUsage:
    """Of a process and all below it; ProgramError where it has ended."""
    psutil = load_psutil()
    try:
        process = psutil.Process(pid)
        tree = [process, *process.children(recursive=True)]
        times = [each.cpu_times() for each in tree]
        return TreeUsage(
            cpu_s=sum(float(each.user + each.system) for each in times),
            resident_bytes=sum(int(each.memory_info().rss) for each in tree),
        )
    except psutil.NoSuchProcess as error:
        raise ProgramError("a program of the benchmark ended before its time") from error


def resident_bytes() -> int:
    """Memory of this process that lies in RAM now."""
    return int(load_psutil().Process().memory_info().rss)


def process_age_s() -> float:
    """Time since this process was started."""
    return time.time() - float(load_psutil().Process().create_time())
