"""A thread that reports its failure instead of dying in silence."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Worker:
    """Runs one function in a thread; `check` raises in the owner's thread what the function raised."""

    def __init__(self, name: str, function: Callable[[], None]) -> None:
        self._function = function
        self._error: BaseException | None = None
        # A daemon, so that a thread stuck in a driver cannot keep a program alive that has been told to end.
        self._thread = threading.Thread(name=name, target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the function still runs."""
        return self._thread.is_alive()

    def check(self) -> None:
        """Raise what the function raised, if it has."""
        if self._error is not None:
            raise self._error

    def join(self, timeout_s: float) -> None:
        """Wait for the end of the function, if it was started."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            self._function()
        except BaseException as error:  # handed to the owner by check
            self._error = error
