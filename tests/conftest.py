"""What holds for every test."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# FFmpeg reads its log level once a process, when the first test opens or writes a video.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

# What is printed to be pasted then begins with the plain name: a shell finds this installation by it.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"

# A run in the background (`&`, nohup) starts with signals ignored, and so would the programs that it tests.
ORDINARY: dict[signal.Signals, Any] = {signal.SIGINT: signal.default_int_handler}
if hasattr(signal, "SIGHUP"):  # not on Windows
    ORDINARY[signal.SIGHUP] = signal.SIG_DFL
for number, handler in ORDINARY.items():
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, handler)

LEFT_BEHIND_S = 10.0
"How long a job that a test has let go of may take to end, on a busy machine."


@pytest.fixture(autouse=True)
def no_job_outlives_its_test() -> Iterator[None]:
    """Fail a test that leaves a background job of narrowcast's running, which would disturb the next one."""
    before = set(threading.enumerate())
    yield
    left = _jobs() - before
    if left:
        gc.collect()  # what nobody holds any more ends its jobs
    for job in left:
        job.join(LEFT_BEHIND_S)
    running = [job.name for job in left if job.is_alive()]
    assert not running, f"left running by this test: {running}"


def _jobs() -> set[threading.Thread]:
    """The threads that run a `narrowcast.worker.Worker`."""
    targets = ((thread, getattr(thread, "_target", None)) for thread in threading.enumerate())
    return {thread for thread, target in targets if getattr(target, "__qualname__", "") == "Worker._run"}
