"""Tests of lab/mnist/prior.py: the tree finds what depends on what; any symbols survive."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowcast.lab.mnist.prior import TreePrior, mutual_information, static_prior, tree_prior

SIZES = (4, 4, 2, 4)


def dependent(count: int, seed: int) -> np.ndarray:
    """Symbol 3 repeats symbol 0 nine times in ten; 1 and 2 are drawn by themselves, 1 unevenly."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 4, count)
    last = np.where(rng.random(count) < 0.9, first, rng.integers(0, 4, count))
    return np.stack([first, rng.integers(0, 4, count) & rng.integers(0, 4, count), first % 2 ^ 1, last], 1)


def ideal_bits(prior: TreePrior, indices: np.ndarray) -> float:
    """-log2 of the probability that the tables give to the symbols."""
    total = 0.0
    for symbol, (parent, table) in enumerate(zip(prior.parents, prior.tables, strict=True)):
        context = np.zeros(len(indices), int) if parent < 0 else indices[:, parent]
        total -= float(np.log2(table[context, indices[:, symbol]]).sum())
    return total


def test_the_tree_joins_what_depends_on_each_other() -> None:
    tree = tree_prior(dependent(3000, 0), SIZES)
    edges = {frozenset((symbol, parent)) for symbol, parent in enumerate(tree.parents) if parent >= 0}
    assert {frozenset((0, 3)), frozenset((0, 2))} <= edges and len(edges) == 3
    for symbol, parent in enumerate(tree.parents):
        assert parent < 0 or tree.order.index(parent) < tree.order.index(symbol)


def test_the_range_coder_comes_near_the_ideal_bits_and_the_tree_saves() -> None:
    train, test = dependent(3000, 0), dependent(2000, 1)
    found = []
    for prior in (static_prior(train, SIZES), tree_prior(train, SIZES)):
        data = prior.encode(test)
        np.testing.assert_array_equal(prior.decode(data, len(test)), test)
        assert ideal_bits(prior, test) <= 8 * len(data) + 1
        assert 8 * len(data) < 1.002 * ideal_bits(prior, test) + 64
        found.append(len(data))
    assert found[1] < 0.7 * found[0]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(*(st.integers(0, size - 1) for size in SIZES)), min_size=1, max_size=30),
    st.integers(0, 99),
)
def test_any_symbols_survive_a_prior_of_others(rows: list[tuple[int, ...]], seed: int) -> None:
    prior, wanted = tree_prior(dependent(50, seed), SIZES), np.array(rows)
    np.testing.assert_array_equal(prior.decode(prior.encode(wanted), len(wanted)), wanted)


def test_a_single_symbol_needs_no_tree() -> None:
    prior = tree_prior(np.array([[0], [1], [1]]), (2,))
    assert prior.parents == (-1,)
    assert prior.decode(prior.encode(np.array([[1], [0]])), 2).tolist() == [[1], [0]]


def test_symbols_that_never_change_are_part_of_the_tree() -> None:
    rows = np.zeros((40, 4), np.int64)
    rows[:, 2] = np.arange(40) % 2
    prior = tree_prior(rows, SIZES)
    assert sorted(prior.order) == [0, 1, 2, 3]
    np.testing.assert_array_equal(prior.decode(prior.encode(rows), 40), rows)


def test_mutual_information_is_what_one_tells_of_the_other() -> None:
    a = np.arange(1000) % 4
    assert mutual_information(a, a) == pytest.approx(2)
    assert mutual_information(a, np.arange(1000) // 4 % 2) == pytest.approx(0, abs=0.01)
