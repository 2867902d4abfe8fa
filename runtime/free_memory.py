"""Gives freed memory back to the system: glibc keeps what threads that have ended had allocated."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress


def give_memory_back() -> None:
    """Ask the C library to return what is free; harmless where it cannot."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # musl has no malloc_trim
            ctypes.CDLL(None).malloc_trim(0)
