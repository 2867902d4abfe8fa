"""What a process costs: CPU time and resident memory, as the system counts them."""

from __future__ import annotations

import time
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


def resident_bytes() -> int:
    """Memory of this process that lies in RAM now."""
    return int(load_psutil().Process().memory_info().rss)


def process_age_s() -> float:
    """Time since this process was started."""
    return time.time() - float(load_psutil().Process().create_time())
