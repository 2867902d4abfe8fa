"""Batches: what a seed says, whoever draws it; and failures that reach the loop."""

from __future__ import annotations

import itertools
import threading

import numpy as np
import pytest
from numpy.typing import NDArray

from narrowcast.codec.training.batches import PREFETCHED, Prefetcher, StepGenerators, step_generators
from narrowcast.worker import Worker

LIMIT_S = 10.0
"Only a test that fails waits this long."


def numbers(generators: StepGenerators) -> NDArray[np.int64]:
    return np.array([rng.integers(1 << 30) for rng in (generators.step, *generators.samples)])


def test_two_processes_draw_what_one_with_twice_the_batch_would() -> None:
    whole = numbers(step_generators(5, 7, batch=6))
    first, second = (numbers(step_generators(5, 7, batch=3, rank=rank)) for rank in range(2))
    assert first[0] == second[0] == whole[0]
    np.testing.assert_array_equal(np.concatenate([first[1:], second[1:]]), whole[1:])
    assert len(set(whole)) == len(whole)


def test_prefetcher_draws_what_its_seed_says() -> None:
    drawn = []
    for _ in range(2):
        batches = Prefetcher(numbers, seed=5, batch=3)
        drawn.append([batches.next() for _ in range(3)])
        batches.close()
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0][0], drawn[0][1])
    np.testing.assert_array_equal(drawn[0][2], numbers(step_generators(5, 2, batch=3)))


def test_several_workers_keep_the_order_of_the_steps() -> None:
    def slow_at_first(generators: StepGenerators) -> NDArray[np.int64]:
        drawn = numbers(generators)
        if drawn[0] == first:
            later.wait(LIMIT_S)
        else:
            later.set()
        return drawn

    later, first = threading.Event(), numbers(step_generators(5, 2, batch=3))[0]
    batches = Prefetcher(slow_at_first, seed=5, batch=3, workers=3)
    batches.first_step = 2
    for step in range(2, 8):
        np.testing.assert_array_equal(batches.next(), numbers(step_generators(5, step, batch=3)))
    batches.close()


def test_a_batch_function_that_raises_is_heard_after_the_batches_before() -> None:
    made = itertools.count()

    def make(generators: StepGenerators) -> int:
        number = next(made)
        if number == 3:
            raise ValueError("a broken batch")
        return number

    batches = Prefetcher(make, seed=0, batch=1)
    taken: list[int] = []

    def read() -> None:
        while True:
            taken.append(batches.next())

    reader = Worker(
        "reader", read
    )  # in a thread, so that a wait for ever fails the test but does not hold it up
    reader.start()
    assert reader.join(LIMIT_S), "next() waits for ever"
    with pytest.raises(ValueError, match="a broken batch"):
        reader.check()
    assert taken == [0, 1, 2]


def test_closing_ends_a_thread_that_waits_for_room() -> None:
    made = itertools.count()
    batches = Prefetcher(lambda generators: next(made), seed=0, batch=1)
    assert batches.next() == 0
    batches.close()
    assert not batches._worker.alive
    assert next(made) <= PREFETCHED + 2
