"""Batches: what a seed says, whoever draws it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from codec.training.batches import Dealer, Draw, Prefetcher


def numbers(draw: Draw) -> NDArray[np.int64]:
    return np.array([rng.integers(1 << 30) for rng in (draw.step, *draw.samples)])


def test_two_processes_draw_what_one_with_twice_the_batch_would() -> None:
    whole = numbers(Dealer(seed=5, batch=6).draw(7))
    first, second = (numbers(Dealer(seed=5, batch=3, rank=rank).draw(7)) for rank in range(2))
    assert first[0] == second[0] == whole[0]
    np.testing.assert_array_equal(np.concatenate([first[1:], second[1:]]), whole[1:])
    assert len(set(whole)) == len(whole)


def test_prefetcher_draws_what_its_seed_says() -> None:
    drawn = []
    for _ in range(2):
        batches = Prefetcher(numbers, Dealer(seed=5, batch=3))
        drawn.append([batches.next() for _ in range(3)])
        batches.close()
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0][0], drawn[0][1])
