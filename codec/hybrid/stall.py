"""Gives up a video encoder that answers no more, instead of waiting for it for ever."""

from __future__ import annotations

from collections.abc import Callable

from codec.errors import BackendError
from narrowcast.worker import Worker

STALL_S = 10.0
"""A picture takes milliseconds, on the busiest machine a second or two. On busy machines SVT-AV1's threads
have waited for each other for ever, once in hundreds of encoders."""


class StalledEncoderError(BackendError):
    """The encoder does not answer any more; another one has to take over, with a keyframe."""


def give_up_on_stall(encoder: str, job: Callable[[], None]) -> None:
    """Run a job of an encoder; StalledEncoderError where it takes longer than STALL_S, else what it raises.

    The job is then left behind in its thread: nothing can end a call that waits within a library. Whatever it
    uses has to be kept alive by it, and the encoder must not be closed any more, for that would wait as well.
    """
    worker = Worker(encoder, job)
    worker.start()
    worker.join(STALL_S)
    if worker.alive:
        raise StalledEncoderError(f"{encoder} gave no packet for {STALL_S:.0f} s")
    worker.check()
