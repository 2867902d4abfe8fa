"""Batches made ahead in a thread; their randomness does not depend on how many processes share a step."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from narrowcast.worker import QueueWorker

Batch = TypeVar("Batch")

PREFETCHED = 4
"""Batches that are made ahead: a GPU never waits, and scenes take at most half a gigabyte."""


@dataclass(frozen=True)
class StepGenerators:
    """The random number generators of one step: each sample has its own, whichever process draws it."""

    step: np.random.Generator
    "the same in all processes"
    samples: tuple[np.random.Generator, ...]
    "of this process's samples"


def step_generators(seed: int, step: int, *, batch: int, rank: int = 0) -> StepGenerators:
    """Return the generators of a step: two processes with batches of B draw what one with 2B would.

    Args:
        seed: of the run.
        step: of the run, from 0.
        batch: samples a step and process.
        rank: of this process.
    """
    numbers = range(rank * batch, (rank + 1) * batch)
    samples = tuple(np.random.default_rng([seed, step, 1 + number]) for number in numbers)
    return StepGenerators(np.random.default_rng([seed, step, 0]), samples)


class Prefetcher(Generic[Batch]):
    """Runs a batch function in a thread, a few batches ahead of the training loop."""

    # Our own rather than torch's DataLoader: that one works ahead only in processes, through shared memory
    # (a batch of scenes takes 120 MB, a container has 64), and pickles all that makes a batch where it cannot
    # fork. A thread is enough: NumPy and OpenCV release the interpreter's lock.

    def __init__(
        self, make: Callable[[StepGenerators], Batch], *, seed: int, batch: int, rank: int = 0
    ) -> None:
        """Start to make batches; the other arguments are those of `step_generators`."""

        def run() -> None:
            for step in itertools.count():
                if not self._worker.put(make(step_generators(seed, step, batch=batch, rank=rank))):
                    return

        self._worker = QueueWorker[Batch]("batches", run, capacity=PREFETCHED)
        self._worker.start()

    def next(self) -> Batch:
        """Return the next batch; raises what making it raised."""
        batch = self._worker.get()
        assert batch is not None, "the prefetcher is closed"
        return batch

    def close(self) -> None:
        """Stop the thread."""
        self._worker.close()
