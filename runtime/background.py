"""A pipeline in a thread of its own, for programs that have a main loop of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from narrowcast.errors import NarrowcastError, StreamError
from narrowcast.runtime.signals import StopSignal
from narrowcast.worker import Worker

_SLICE_S = 0.2
"A wait is cut into slices: on Windows Ctrl-C is seen only between two."
_CLOSE_S = 5.0
"The last frames, the goodbye, and the end of a recording."


class Background:
    """Runs a pipeline; `start` comes back when it is ready, or raises what stopped it."""

    def __init__(self, name: str, stop: StopSignal, on_end: Callable[[], None] = lambda: None) -> None:
        """Prepare; `stop` ends the pipeline, `on_end` is called when it has ended, however it did."""
        self._name = name
        self._stop = stop
        self._on_end = on_end
        self._error: BaseException | None = None
        self._ready = threading.Event()
        self._ended = False
        self._worker: Worker | None = None

    def start(self, run: Callable[[], None]) -> None:
        """Start `run` and wait until it calls `ready`; raises as `check` does."""
        self._worker = Worker(self._name, lambda: self._run(run), awaited_at_exit=True)
        self._worker.start()
        while not self._ready.wait(_SLICE_S):
            continue
        self.check()

    def ready(self) -> None:
        """The pipeline has opened what it needs: from now on only the stream itself can fail."""
        self._ready.set()

    @property
    def ended(self) -> bool:
        """Whether the pipeline has ended."""
        return self._ended

    def check(self) -> None:
        """Raise what ended it, if that was an error: a StreamError for each NarrowcastError."""
        if self._error is None:
            return
        if isinstance(self._error, NarrowcastError):
            raise StreamError(self._error.text, remedy=self._error.remedy) from self._error
        raise self._error

    def join(self, timeout_s: float = _CLOSE_S) -> bool:
        """Wait for the end of the pipeline; returns whether it has ended."""
        if self._worker is not None:
            self._worker.join(timeout_s)
        return self._ended

    def close(self) -> None:
        """Stop the pipeline and wait for its end; harmless a second time."""
        self._stop.request()
        self.join()

    def _run(self, run: Callable[[], None]) -> None:
        try:
            run()
        except BaseException as error:  # raised by check, in the thread that uses the stream
            self._error = error
        self._ended = True
        self._ready.set()
        self._on_end()
