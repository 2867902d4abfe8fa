"""Several pipelines in one program: they begin and end together; one that fails leaves the others alone."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeAlias

from narrowcast.errors import NarrowcastError
from narrowcast.worker import Worker
from runtime.service_manager import ServiceManager
from runtime.signals import StopSignal

_log = logging.getLogger(__name__)

_LOOK_S = 0.05
"Between two looks at the pipelines and at the stop signal."
_END_S = 3.0
"What all of them together may take to say goodbye; a thread that hangs in a driver is left behind."
_LOADING_END_S = 0.3
"One that has not begun has nobody to say goodbye to, and may hang in opening its source."

Run: TypeAlias = Callable[[StopSignal, Callable[[], None]], None]
"Runs a pipeline until its stop is requested; calls the function when it has begun."


class _Member:
    """One pipeline in its thread."""

    def __init__(self, name: str, run: Run) -> None:
        self.name = name
        self.stop = StopSignal()
        self.begun = threading.Event()
        self.error: BaseException | None = None
        self.told = False
        self.worker = Worker(name, lambda: self._run(run))

    def _run(self, run: Run) -> None:
        try:
            run(self.stop, self.begun.set)
        except BaseException as error:  # looked at by the group, in its own thread
            self.error = error


class PipelineGroup:
    """Runs pipelines in threads. What is wrong before all have begun ends all; later, only the one."""

    def __init__(self, stop: StopSignal, on_failure: Callable[[str, BaseException], None]) -> None:
        """Prepare for `add` and `run`.

        Args:
            stop: ends all.
            on_failure: is given the name of a pipeline that failed while it ran, and the error.
        """
        self._stop = stop
        self._on_failure = on_failure
        self._members: list[_Member] = []
        self._manager = ServiceManager()

    def add(self, name: str, run: Run) -> None:
        """Add a pipeline, which `run` runs."""
        self._members.append(_Member(name, run))

    def run(self, status: str, on_look: Callable[[], None] = lambda: None) -> None:
        """Run until all have ended or a stop is asked for; `on_look` is called often, once all have begun.

        Raises the first error where no stop was asked for.
        """
        with self._stop:
            try:
                for member in self._members:
                    member.worker.start()
                self._wait_for_the_beginning()
                self._manager.ready(status)
                self._watch(on_look)
            finally:
                self._manager.stopping()
                self._end()
        errors = [member.error for member in self._members if member.error is not None]
        if errors and not self._stop.requested:
            raise errors[0]

    def _wait_for_the_beginning(self) -> None:
        while not self._stop.requested and not all(
            member.begun.is_set() or not member.worker.alive for member in self._members
        ):
            self._raise_error()
            time.sleep(_LOOK_S)
        self._raise_error()

    def _raise_error(self) -> None:
        for member in self._members:
            if member.error is not None and not member.begun.is_set() and not self._stop.requested:
                raise member.error

    def _watch(self, on_look: Callable[[], None]) -> None:
        while not self._stop.requested and any(member.worker.alive for member in self._members):
            self._manager.alive()
            on_look()
            for member in self._members:
                self._tell_failure(member)
            time.sleep(_LOOK_S)

    def _tell_failure(self, member: _Member) -> None:
        if member.error is None or member.told:
            return
        member.told = True
        if not isinstance(member.error, NarrowcastError):
            _log.error("%s has failed", member.name, exc_info=member.error)
        self._on_failure(member.name, member.error)

    def _end(self) -> None:
        for member in self._members:
            member.stop.request()
        asked_s = time.monotonic()
        for member in self._members:
            limit_s = _END_S if member.begun.is_set() else _LOADING_END_S
            member.worker.join(max(0.0, asked_s + limit_s - time.monotonic()))
