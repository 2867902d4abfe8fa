"""Batches made ahead in a thread, from chance that does not depend on how many processes share a step."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

Batch = TypeVar("Batch")


@dataclass(frozen=True)
class Draw:
    """The chance of one step: every sample has its own, whichever of how many processes draws it."""

    step: np.random.Generator
    "the same in all processes"
    samples: tuple[np.random.Generator, ...]
    "of this process's samples"


@dataclass(frozen=True)
class Dealer:
    """Deals chance: two processes with batches of B get the samples that one with a batch of 2B would."""

    seed: int
    "of the run"
    batch: int
    "samples a step and process"
    rank: int = 0
    "of this process"

    def draw(self, step: int) -> Draw:
        """Return the chance of a step."""
        first = self.rank * self.batch
        numbers = range(first, first + self.batch)
        samples = tuple(np.random.default_rng([self.seed, step, 1 + number]) for number in numbers)
        return Draw(np.random.default_rng([self.seed, step, 0]), samples)


class Prefetcher(Generic[Batch]):
    """Runs a batch function in a thread, a few batches ahead, so that a GPU is never starved."""

    def __init__(self, make: Callable[[Draw], Batch], dealer: Dealer, *, depth: int = 4) -> None:
        self._queue: queue.Queue[Batch] = queue.Queue(depth)
        self._make = make
        self._dealer = dealer
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        for step in itertools.count():
            batch = self._make(self._dealer.draw(step))
            while not self._stop.is_set():
                try:
                    self._queue.put(batch, timeout=0.2)
                    break
                except queue.Full:
                    continue
            if self._stop.is_set():
                return

    def next(self) -> Batch:
        """Return the next batch."""
        return self._queue.get()

    def close(self) -> None:
        """Stop the thread."""
        self._stop.set()
        self._thread.join(timeout=2)
