"""Ends at random moments, a few of them; `python -m tests.ends` runs a hundred of each."""

from __future__ import annotations

import pytest

from tests.ends.__main__ import run_trial
from tests.ends.trials import TRIALS


@pytest.mark.parametrize("name", TRIALS)
def test_programs_end_well_whenever_they_are_stopped(name: str) -> None:
    for outcome in run_trial(name, runs=1, seed=5):
        assert outcome.good, outcome
