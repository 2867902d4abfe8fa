"""Several pipelines in one program: they begin and end together; one that fails leaves the others alone."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from narrowcast.errors import NarrowcastError, StreamError
from narrowcast.runtime.reporting import reason_of
from narrowcast.runtime.service_manager import ServiceManager
from narrowcast.runtime.signals import StopSignal
from narrowcast.worker import Worker

_log = logging.getLogger(__name__)

RESTART_S, MAX_RESTART_S = 5.0, 60.0
"How long after its end a pipeline is started again: twice as long each time, up to the second of them."
_LOOK_S = 0.05
"Between two looks at the pipelines and at the stop signal."
_END_S = 3.0
"What all of them together may take to say goodbye; a thread that hangs in a driver is left behind."
_LOADING_END_S = 0.3
"One that has not begun has nobody to say goodbye to, and may hang in opening its source."

Run: TypeAlias = Callable[[StopSignal, Callable[[], None]], None]
"Runs a pipeline until its stop is requested; calls the function when it has begun."


@dataclass(frozen=True, kw_only=True)
class PipelineFailure:
    """The end of a pipeline that had begun, by an error; it is started again."""

    name: str
    "of the pipeline"
    error: BaseException
    "what ended it"
    restart_s: float
    "when it is started again, from its end on"


class _Member:
    """One pipeline in its thread."""

    def __init__(self, name: str, run: Run) -> None:
        self.name = name
        self.stop = StopSignal()
        self.begun = threading.Event()
        self.error: BaseException | None = None
        "what ended it; None while it runs"
        self.waiting = False
        "it is started again after a while"
        self.failures: deque[PipelineFailure] = deque()
        "not told yet"
        self.worker = Worker(name, lambda: self._run(run), awaited_at_exit=True)

    def _run(self, run: Run) -> None:
        restart_s = RESTART_S
        while not self.stop.requested:
            started_s = time.monotonic()
            try:
                run(self.stop, self._on_begun)
                return
            except BaseException as error:  # looked at by the group, in its own thread
                self.error = error
            if self.stop.requested or not self.begun.is_set() or not isinstance(self.error, Exception):
                return
            if time.monotonic() - started_s > MAX_RESTART_S:
                restart_s = RESTART_S  # it ran for long
            self.waiting = True
            self.failures.append(PipelineFailure(name=self.name, error=self.error, restart_s=restart_s))
            self._wait(restart_s)
            self.waiting = False
            restart_s = min(2 * restart_s, MAX_RESTART_S)

    def _on_begun(self) -> None:
        self.error = None
        self.begun.set()

    def _wait(self, seconds: float) -> None:
        deadline_s = time.monotonic() + seconds
        while not self.stop.requested and time.monotonic() < deadline_s:
            time.sleep(_LOOK_S)


class PipelineGroup:
    """Runs pipelines in threads. An error before all have begun ends all; later, one is started again."""

    def __init__(self, stop: StopSignal, on_failure: Callable[[PipelineFailure], None]) -> None:
        """Prepare for `add` and `run`.

        Args:
            stop: ends all.
            on_failure: is given each failure of a pipeline that had begun.
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

        Raises the first error of those that had not come back when all others had ended; after a stop,
        StreamError if one had not.
        """
        failed: list[_Member] = []
        with self._stop:
            try:
                for member in self._members:
                    member.worker.start()
                self._wait_for_the_beginning()
                self._manager.ready(status)
                self._watch(on_look)
                failed = [member for member in self._members if member.error is not None]
            finally:
                self._manager.stopping()
                self._end()
        for member in failed:
            assert member.error is not None
            if self._stop.requested:
                raise StreamError(f"{member.name} had failed: {reason_of(member.error)}") from member.error
            raise member.error

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
        while not self._stop.requested and not self._over():
            self._manager.alive()
            on_look()
            self._tell_failures()
            time.sleep(_LOOK_S)
        self._tell_failures()

    def _over(self) -> bool:
        """Whether all have ended; one that would be started again ends with the others."""
        ended = [member for member in self._members if not member.worker.alive]
        return bool(ended) and all(member.waiting for member in self._members if member not in ended)

    def _tell_failures(self) -> None:
        for member in self._members:
            while member.failures:
                failure = member.failures.popleft()
                if not isinstance(failure.error, NarrowcastError):
                    _log.error("%s has failed", member.name, exc_info=failure.error)
                self._on_failure(failure)

    def _end(self) -> None:
        for member in self._members:
            member.stop.request()
        asked_s = time.monotonic()
        for member in self._members:
            limit_s = _END_S if member.begun.is_set() else _LOADING_END_S
            member.worker.join(max(0.0, asked_s + limit_s - time.monotonic()))
