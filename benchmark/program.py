"""A program of ours as a process of its own, read through its JSON lines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

from narrowcast.worker import Worker

_STOP_TIMEOUT_S = 5.0
"A program that has been told to stop says goodbye and closes its files in well under a second."


class Program:
    """A sender, a receiver, or one of the benchmarks' own workers."""

    def __init__(
        self,
        arguments: Sequence[str],
        on_line: Callable[[dict[str, Any]], None],
        *,
        module: str = "narrowcast",
        environment: Mapping[str, str] | None = None,
        inside: Callable[[Sequence[str]], Sequence[str]] = lambda command: command,
        stderr: IO[bytes] | None = None,
    ) -> None:
        """Start `python -m module arguments`.

        Args:
            arguments: of its command line.
            on_line: takes each JSON line that it writes, in a thread of its own.
            module: what to run.
            environment: variables beside those of this process.
            inside: makes of the command one that runs it elsewhere, as in a network namespace.
            stderr: takes what it says beside; None lets it through.
        """
        self.summary: dict[str, Any] | None = None
        "what it said at its end"
        self._on_line = on_line
        self._address = ""
        self._has_address = threading.Event()
        self._process = subprocess.Popen(
            inside([sys.executable, "-m", module, *arguments]),
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        self._reader = Worker("program output", self._read)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def exit_status(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def address(self, timeout_s: float) -> str:
        """Where it listens; empty where it has not said so in time. Raises what `on_line` raised."""
        self._has_address.wait(timeout_s)
        self._reader.check()
        return self._address

    def wait(self, timeout_s: float) -> bool:
        """Wait for its end; False where it did not come in time. Raises what `on_line` raised."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        self._reader.close(_STOP_TIMEOUT_S)
        return True

    def stop(self) -> None:
        """Tell it to stop, and make it."""
        if self.running:
            self._process.terminate()
        if not self.wait(_STOP_TIMEOUT_S):
            self._process.kill()
            self._process.wait()

    def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            for text in self._process.stdout:
                self._take(text)
        finally:
            self._has_address.set()

    def _take(self, text: str) -> None:
        try:
            line = json.loads(text)
        except json.JSONDecodeError:
            return  # a library's own words
        if line["event"] == "summary":
            self.summary = line
        if line.get("url"):
            self._address = line["url"]
            self._has_address.set()
        self._on_line(line)
