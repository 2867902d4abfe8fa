"""Ctrl-C, SIGTERM and the end of the terminal while a program still loads: it ends here and now."""

from __future__ import annotations

import os
import signal
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
"Ctrl-C; what systemd and docker send; what comes when a terminal's window is closed (unknown to Windows)."


def stop_signals() -> list[signal.Signals]:
    """The signals that end a program, as far as this system knows them."""
    return [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]


def leave_at_once(number: int, frame: FrameType | None) -> None:
    """End the program while nothing is open that could be lost; status 0 as after every stop.

    A KeyboardInterrupt would not do: raised inside the import of a native library it becomes another error,
    or is lost.
    """
    os._exit(0)


def leave_at_once_when_stopped() -> None:
    """Let the stop signals end the program at once, until a pipeline takes them over."""
    for number in stop_signals():
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup has asked for that
            signal.signal(number, leave_at_once)


def interrupt_when_stopped() -> None:
    """Let them interrupt the main thread from now on, where they would have ended the program at once."""
    for number in stop_signals():
        if signal.getsignal(number) is leave_at_once:
            signal.signal(number, signal.default_int_handler)
