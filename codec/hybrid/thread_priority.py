"""Keeps SVT-AV1, when it runs as root, from making its threads and its caller's real-time."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TASKS = Path("/proc/self/task")
"""Linux lists a process's threads there, by number."""


@contextmanager
def ordinary_priority() -> Iterator[None]:
    """Give back their scheduling to threads of this process that become real-time meanwhile.

    At real-time priority 99 one stream starves every other program of the machine, and its own other threads.
    """
    if not TASKS.is_dir():  # not Linux: nothing to undo
        yield
        return
    before = _real_time_threads()
    try:
        yield
    finally:
        for thread in _real_time_threads() - before:
            with suppress(OSError):  # it has ended
                os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))


def _real_time_threads() -> set[int]:
    try:
        threads = [int(name) for name in os.listdir(TASKS)]
    except OSError:  # no descriptor is free to list them with: at least the calling thread is looked at
        threads = [threading.get_native_id()]
    found = set()
    for thread in threads:
        with suppress(OSError):
            if os.sched_getscheduler(thread) in (os.SCHED_FIFO, os.SCHED_RR):
                found.add(thread)
    return found
