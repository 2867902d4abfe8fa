"""Ends at random moments: python -m tests.ends [--runs 100] [--seed 1]. Needs no root."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.ends.trials import TRIALS, Outcome


def main(argv: Sequence[str] | None = None) -> int:
    """Run every trial so often; returns 1 where a program did not end well."""
    parser = argparse.ArgumentParser(prog="python -m tests.ends", description=__doc__)
    parser.add_argument("--runs", type=int, default=100, help="of each trial (default 100)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments (default 1)")
    parser.add_argument("--trials", nargs="+", choices=list(TRIALS), default=list(TRIALS))
    arguments = parser.parse_args(argv)
    bad = 0
    for name in arguments.trials:
        outcomes = run_trial(name, runs=arguments.runs, seed=arguments.seed)
        faults = [outcome for outcome in outcomes if not outcome.good]
        bad += len(faults)
        print(f"{name}: {len(outcomes) - len(faults)} of {len(outcomes)} ended well", flush=True)
        for fault in faults:
            print(
                f"  after {fault.moment_s:.2f} s: status {fault.status}: {fault.output[-2000:]}", flush=True
            )
    return int(bad > 0)


def run_trial(name: str, *, runs: int, seed: int) -> list[Outcome]:
    """Run one trial at `runs` random moments."""
    generator = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        return [TRIALS[name](Path(folder), generator) for _ in range(runs)]


if __name__ == "__main__":
    sys.exit(main())
