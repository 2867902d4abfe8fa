"""Processes that keep every core busy while something is measured: what else a machine may have to do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from types import TracebackType

from narrowcast.benchmark.process_usage import cpu_seconds
from narrowcast.benchmark.results import describe_machine

PROGRAM = """
import os, sys
while os.getppid() == int(sys.argv[1]):
    for _ in range(1_000_000):
        pass
"""
"""Computes until it is stopped, or until the process that started it, whose id it is given, has ended."""


class BusyProcesses:
    """So many CPU-bound processes a core at the priority of this process, while entered."""

    def __init__(self, per_core: int) -> None:
        self._count = per_core * describe_machine().cores
        self._processes: list[subprocess.Popen[bytes]] = []
        self._started_s = 0.0

    def core_share(self) -> float | None:
        """Which share of a core each of them has had so far; None where there are none.

        On a machine without other work, four of them a core have a bit less than a quarter each.
        """
        if not self._processes:
            return None
        worked_s = sum(cpu_seconds(process.pid) for process in self._processes)
        return worked_s / self._count / (time.monotonic() - self._started_s)

    def __enter__(self) -> BusyProcesses:
        self._started_s = time.monotonic()
        try:
            for _ in range(self._count):
                command = [sys.executable, "-c", PROGRAM, str(os.getpid())]
                self._processes.append(subprocess.Popen(command))
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        while self._processes:
            process = self._processes.pop()
            process.kill()
            process.wait()
