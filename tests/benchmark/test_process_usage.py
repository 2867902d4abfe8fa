"""CPU time and memory of processes."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
import time

import pytest

from narrowcast.benchmark.errors import ProgramError
from narrowcast.benchmark.process_usage import cpu_seconds, load_psutil, process_age_s, resident_bytes
from narrowcast.errors import BenchError

pytest.importorskip("psutil", reason="psutil comes with the bench extra")


KEPT_BYTES = 64 << 20


def test_work_and_memory_are_seen() -> None:
    before_s, before_bytes = cpu_seconds(os.getpid()), resident_bytes()
    kept = mmap.mmap(-1, KEPT_BYTES)  # of the system: an array might lie in memory that was free before
    end_s = time.process_time() + 0.1
    while time.process_time() < end_s:
        kept[:] = bytes(KEPT_BYTES)
    assert cpu_seconds(os.getpid()) - before_s >= 0.05
    assert resident_bytes() - before_bytes > KEPT_BYTES // 2
    assert 0 < process_age_s() < 1e5


def test_without_psutil_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    with pytest.raises(BenchError, match="pip install"):
        load_psutil()


def test_a_process_that_has_ended_is_named_as_such() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with pytest.raises(ProgramError, match="ended"):
        cpu_seconds(ended.pid)
