"""Ends at random moments: python -m tests.ends [--runs 100] [--seed 1]. Needs no root."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
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
        ended = good = 0
        try:
            for outcome in run_trial(name, runs=arguments.runs, seed=arguments.seed):
                ended, good = ended + 1, good + outcome.good
                if not outcome.good:
                    text = (
                        f"after {outcome.moment_s:.2f} s: status {outcome.status}: {outcome.output[-2000:]}"
                    )
                    print(f"{name}, run {ended}, {text}", flush=True)
        finally:
            print(f"{name}: {good} of {ended} ended well", flush=True)
        bad += ended - good
    return int(bad > 0)


def run_trial(name: str, *, runs: int, seed: int) -> Iterator[Outcome]:
    """Run one trial at `runs` random moments."""
    generator = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(runs):
            yield TRIALS[name](Path(folder), generator)


if __name__ == "__main__":
    sys.exit(main())
