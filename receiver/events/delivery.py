"""Delivers events in a thread of its own: a way out that fails or hangs holds up nothing else."""

from __future__ import annotations

import threading

from narrowcast.receiver.events.sinks import EventError, EventLine, Sink
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.line_throttle import LineThrottle
from narrowcast.runtime.reporting import Level, Notice, reason_of
from narrowcast.worker import QueueWorker

MAX_WAITING = 100
"Events that wait for a way out that is slow; more are lost, which is counted."

END_S = 2.0
"For what waits at the end."


class Delivery:
    """One way out. `put` never waits."""

    def __init__(self, sink: Sink) -> None:
        """Start the thread."""
        self._sink = sink
        self._lock = threading.Lock()
        self._failures = 0
        self._notices: list[Notice] = []
        self._throttle = LineThrottle()
        self._worker = QueueWorker[EventLine]("events", self._run, capacity=MAX_WAITING)
        self._worker.start()

    def put(self, line: EventLine) -> None:
        """Queue an event."""
        if not self._worker.put(line, timeout_s=0):
            self._failed("it is too slow: an event is lost")

    @property
    def failures(self) -> int:
        """Events that were not delivered at once, since the start."""
        with self._lock:
            return self._failures

    def take_notices(self) -> list[Notice]:
        """What went wrong since the last call, one line a minute."""
        with self._lock:
            notices, self._notices = self._notices, []
        return notices

    def close(self) -> None:
        """Deliver what waits, as far as the time allows."""
        self._worker.close(END_S)
        if not self._worker.alive:
            self._sink.close()

    def _run(self) -> None:
        while (line := self._worker.get()) is not None:
            try:
                self._sink.send(line)
            except (OSError, ValueError, EventError) as error:
                self._failed(reason_of(error))

    def _failed(self, reason: str) -> None:
        with self._lock:
            self._failures += 1
            text = f"{self._sink.name} did not take an event: {reason}; the stream goes on"
            told = self._throttle.notice("failure", Notice(text, level=Level.WARNING), now_us())
            if told is not None:
                self._notices.append(told)
