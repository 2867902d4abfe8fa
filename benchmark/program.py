"""Narrowcast's programs as processes that are read through their JSON lines: one, several, or a pair."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any

from narrowcast.benchmark.errors import ProgramError
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.signals import StopSignal
from narrowcast.worker import Worker

_STOP_TIMEOUT_S = 5.0
"A program that has been told to stop says goodbye and closes its files in well under a second."

_ADDRESS_TIMEOUT_S = 60.0
"The sender opens its socket before it loads the codec, but its imports take long from a cold disk."
_START_TIMEOUT_S = 120.0
"Loading the networks, the first time with their conversion for this CPU."
_END_TIMEOUT_S = 3.0
"Between the end of one and the end of the other."
_POLL_S = 0.05


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
            inside: turns its command into one that runs elsewhere, as in a network namespace.
            stderr: where its standard error goes; None leaves it on ours.
        """
        self.summary: dict[str, Any] | None = None
        "the statistics of its whole run, once it has ended"
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
        """The id of its process."""
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
        """The address where it listens; empty where it sent none in time. Raises what `on_line` raised."""
        self._has_address.wait(timeout_s)
        self._reader.check()
        return self._address

    def wait(self, timeout_s: float) -> bool:
        """Wait for its end; False where it still runs after that time. Raises what `on_line` raised."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        self._reader.close(_STOP_TIMEOUT_S)
        return True

    def stop(self) -> None:
        """Ask it to stop, and kill it where it does not."""
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
            return  # printed by a library
        if line["event"] == "summary":
            self.summary = line
        if line.get("url"):
            self._address = line["url"]
            self._has_address.set()
        self._on_line(line)


class Programs:
    """Several programs; leaving the block stops them, the last one first."""

    def __init__(self) -> None:
        self._programs: list[Program] = []

    def add(self, program: Program) -> Program:
        """Add a program to those that are stopped; returns it."""
        self._programs.append(program)
        return program

    def wait_until(self, condition: Callable[[], bool], stop: StopSignal, *, limit_s: float) -> bool:
        """Wait for a condition; False where the time is over or a stop was asked for.

        Raises ProgramError where one of the programs ends meanwhile.
        """
        end_us = now_us() + 1e6 * limit_s
        while not condition():
            if stop.requested or now_us() >= end_us:
                return False
            if not all(program.running for program in self._programs):
                raise ProgramError("a program of the benchmark ended before its time")
            time.sleep(_POLL_S)
        return True

    def __enter__(self) -> Programs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for program in reversed(self._programs):
            program.stop()


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A sender and a receiver that have ended."""

    sender: Program
    "the first to start"
    receiver: Program | None
    "None where the sender never listened"


def run_pair(
    start_sender: Callable[[], Program],
    start_receiver: Callable[[str], Program],
    *,
    seconds: float,
    stop: StopSignal,
) -> Pair:
    """Run both until one ends, a stop is asked for or they hang; `start_receiver` gets the sender's URL."""
    receiver = None
    with Programs() as programs:
        sender = programs.add(start_sender())
        url = sender.address(_ADDRESS_TIMEOUT_S)
        if url and not stop.requested:
            receiver = programs.add(start_receiver(url))
            with suppress(ProgramError):
                programs.wait_until(lambda: False, stop, limit_s=_START_TIMEOUT_S + seconds)
            # The sender's goodbye ends both, in no order; a closed window ends the receiver alone.
            if not stop.requested:
                sender.wait(_END_TIMEOUT_S)
                receiver.wait(_END_TIMEOUT_S)
    return Pair(sender=sender, receiver=receiver)
