"""Batches made ahead in a thread; their randomness does not depend on how many processes share a step."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
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
    """Runs a batch function in threads, a few batches ahead of the training loop."""

    # Our own rather than torch's DataLoader: that one works ahead only in processes, through shared memory
    # (a batch of scenes takes 120 MB, a container has 64), and pickles all that makes a batch where it cannot
    # fork. A thread is enough: NumPy and OpenCV release the interpreter's lock.

    def __init__(
        self,
        make: Callable[[StepGenerators], Batch],
        *,
        seed: int,
        batch: int,
        rank: int = 0,
        workers: int = 1,
    ) -> None:
        """Prepare; the first call of `next` starts.

        Args:
            make: makes one batch.
            seed: as for step_generators, like batch and rank.
            batch: likewise.
            rank: likewise.
            workers: batches that are made at the same time; they come in the order of their steps.
        """
        self.first_step = 0
        "whose batch comes first: a run that goes on sets it before it asks for one"
        self._started = False

        def run() -> None:
            making: deque[Future[Batch]] = deque()
            with ThreadPoolExecutor(workers, "batch") as pool:
                for step in itertools.count(self.first_step):
                    making.append(pool.submit(make, step_generators(seed, step, batch=batch, rank=rank)))
                    if len(making) == workers and not self._worker.put(making.popleft().result()):
                        return

        self._worker = QueueWorker[Batch]("batches", run, capacity=PREFETCHED)

    def next(self) -> Batch:
        """Return the next batch; raises what making it raised."""
        if not self._started:
            self._started = True
            self._worker.start()
        batch = self._worker.get()
        assert batch is not None, "the prefetcher is closed"
        return batch

    def close(self) -> None:
        """Stop the thread."""
        self._worker.close()
