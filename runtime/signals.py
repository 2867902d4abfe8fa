"""Ctrl-C, SIGTERM and the end of the terminal, as a flag that the main loop looks at."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

from narrowcast.early_end import interrupt_when_stopped, stop_signals


class StopSignal:
    """Set by Ctrl-C, SIGTERM or SIGHUP while entered; a second Ctrl-C interrupts at once.

    A plain flag and no Event: a handler runs inside the main thread, which may hold the Event's own lock.
    """

    def __init__(self) -> None:
        self.requested = False
        self._interrupts = 0
        self._previous: dict[signal.Signals, Any] = {}

    def __enter__(self) -> StopSignal:
        # Handlers can be set in the main thread only; elsewhere the owner calls request().
        if threading.current_thread() is threading.main_thread():
            interrupt_when_stopped()  # what this restores must not cut the end of a recording short
            previous = {number: signal.getsignal(number) for number in stop_signals()}
            # A signal that is ignored stays ignored: nohup has asked for that.
            self._previous = {n: handler for n, handler in previous.items() if handler != signal.SIG_IGN}
            for number in self._previous:
                signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def request(self) -> None:
        """Ask for the stop from inside the program."""
        self.requested = True

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        # Only an impatient person interrupts: programs send SIGTERM after Ctrl-C has reached us already.
        if number == signal.SIGINT:
            self._interrupts += 1
            if self._interrupts > 1:
                raise KeyboardInterrupt
        self.requested = True
