"""Tests of lab/mnist/entropy_table.py: limits below coders, and what each is known to cost."""

from __future__ import annotations

import numpy as np

from narrowcast.lab.mnist.entropy_table import latent_coders
from tests.lab.mnist.test_prior import SIZES, dependent


def test_coders_stand_above_their_limits_and_the_tree_below_one_table() -> None:
    results = {each.name: each for each in latent_coders(dependent(3000, 0), dependent(1000, 1), SIZES)}
    bits = {name: each.bits for name, each in results.items()}
    assert bits["no entropy coder: the bits as they are"] == 7 * 1000
    single, tree = bits["limit: entropy of each symbol by itself"], bits["limit: entropy along the tree"]
    assert tree < single
    assert bits["range coder, one table a symbol"] >= single - 1
    assert tree - 1 <= bits["range coder, tables along the tree"] < bits["range coder, one table a symbol"]
    assert bits["Huffman, one code a symbol"] >= single
    assert bits["range coder along the tree, each digit a stream of its own"] > tree
    assert all(np.isfinite(each.bits) for each in results.values()) and len(results) == 10
