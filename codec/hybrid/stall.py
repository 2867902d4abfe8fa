"""Gives up a video encoder that answers no more, instead of waiting for it for ever."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from narrowcast.codec.errors import BackendError
from narrowcast.worker import Worker

STALL_S = 10.0
"""A picture takes milliseconds, on the busiest machine a second or two. On busy machines SVT-AV1's threads
have waited for each other for ever, once in hundreds of encoders."""

MIN_STALL_S, PATIENCE = 3.0, 20.0
"""An encoder that has coded pictures is given up sooner: the screen stands still as long. It gets so many
times what its slowest picture took, and the first at least."""

SLICE_S = 0.5
"""The wait is counted in slices: a program that was stopped for a while (SIGSTOP) loses only one of them."""


class StalledEncoderError(BackendError):
    """The encoder does not answer any more; another one has to take over, with a keyframe."""


class StallWatch:
    """Waits for one encoder's answers, for as long as its pictures may take."""

    def __init__(self, encoder: str) -> None:
        self._encoder = encoder
        self._slowest_s: float | None = None

    @property
    def limit_s(self) -> float:
        """How long the next picture may take, seconds."""
        if self._slowest_s is None:
            return STALL_S
        return min(STALL_S, max(MIN_STALL_S, PATIENCE * self._slowest_s))

    def run(self, job: Callable[[], None]) -> None:
        """Run a job of the encoder; StalledEncoderError where it takes too long, else what it raises.

        The job is then left behind in its thread: nothing can end a call that waits within a library. It has
        to keep alive what it uses, and the encoder must not be closed any more: that would wait as well.
        """
        worker, limit_s = Worker(self._encoder, job), self.limit_s
        started_s = time.perf_counter()
        worker.start()
        slices = max(1, math.ceil(limit_s / SLICE_S))
        if not any(worker.join(limit_s / slices) for _ in range(slices)):
            raise StalledEncoderError(f"{self._encoder} gave no packet for {limit_s:.0f} s")
        self.took(time.perf_counter() - started_s)
        worker.check()

    def took(self, seconds: float) -> None:
        """Learn how long a picture may take from one that was coded."""
        self._slowest_s = max(self._slowest_s or 0.0, seconds)
