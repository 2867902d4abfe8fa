"""narrowcast commands as processes, read through their JSON lines."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

DEADLINE_S = 60.0
"Only a test that fails waits this long."

SMALL_STREAM = ["--codec", "jpeg", "--size", "64x64", "--fps", "60", "--threads", "1"]
"What a sender is told so that it starts at once."


@contextmanager
def program(*arguments: str, descriptors: int | None = None) -> Iterator[subprocess.Popen[str]]:
    """A narrowcast command as a process; whatever is left of it in the end is killed.

    With `descriptors`, it may have no more files and connections open.
    """
    command = [sys.executable, "-m", "narrowcast", *arguments, "--stats", "json"]

    def limit() -> None:
        if descriptors is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=limit
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def next_line(process: subprocess.Popen[str], words: str) -> dict[str, Any]:
    """Read the process's lines up to one with these words; it is killed where they do not come."""
    assert process.stdout is not None
    deadline = threading.Timer(DEADLINE_S, process.kill)
    deadline.start()
    try:
        for text in process.stdout:
            if words in text:
                line: dict[str, Any] = json.loads(text)
                return line
    finally:
        deadline.cancel()
    raise AssertionError(f"it never said {words!r}")
