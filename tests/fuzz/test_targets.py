"""Tests of targets.py: each target takes its seeds, and refuses damaged ones by name."""

from __future__ import annotations

import random

import pytest

from tests.fuzz.mutations import damage
from tests.fuzz.target import FuzzTarget
from tests.fuzz.targets import all_targets

pytest.importorskip("starlette", reason="the extra web is not installed")

DAMAGED = 300


@pytest.mark.parametrize("target", all_targets().values(), ids=lambda target: target.name)
def test_a_target_takes_its_seeds_and_survives_damaged_ones(target: FuzzTarget) -> None:
    seeds = target.seeds()
    assert all(target.meet(seed) for seed in seeds)
    numbers = random.Random(1)
    for _ in range(DAMAGED):
        target.meet(damage(numbers.choice(seeds), numbers))


@pytest.mark.parametrize("target", all_targets().values(), ids=lambda target: target.name)
def test_what_found_a_fault_once_finds_none_now(target: FuzzTarget) -> None:
    for data in target.inputs():
        target.meet(data)
