"""Busy processes compute while they are wanted, and never longer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from narrowcast.benchmark.link.busy import BusyProcesses
from narrowcast.benchmark.results import describe_machine
from tests.pipelines import wait_until


def test_so_many_a_core_compute_and_end_with_the_block() -> None:
    with BusyProcesses(1) as busy:
        processes = list(busy._processes)
        assert len(processes) == describe_machine().cores
        assert all(process.poll() is None for process in processes)
        wait_until(lambda: (busy.core_share() or 0) > 0)
        assert (busy.core_share() or 2) < 1.1
    assert all(process.poll() is not None for process in processes)


def test_an_error_in_the_block_ends_them_too() -> None:
    with pytest.raises(RuntimeError, match="of the block"), BusyProcesses(1) as busy:
        processes = list(busy._processes)
        raise RuntimeError("of the block")
    assert all(process.poll() is not None for process in processes)


def test_none_are_started_where_none_are_wanted() -> None:
    with BusyProcesses(0) as busy:
        assert busy.core_share() is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_they_end_when_the_benchmark_is_killed() -> None:
    starter = (
        "import sys\n"
        "from narrowcast.benchmark.link import busy\n"
        "with busy.BusyProcesses(1) as processes:\n"
        "    print(processes._processes[0].pid, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    benchmark = subprocess.Popen(
        [sys.executable, "-c", starter], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert benchmark.stdout is not None
    pid = int(benchmark.stdout.readline())
    os.kill(benchmark.pid, signal.SIGKILL)
    benchmark.wait()

    def ended() -> bool:
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                return file.read().rpartition(")")[2].split()[0] == "Z"  # nobody may have waited for it
        except FileNotFoundError:
            return True

    wait_until(ended)
