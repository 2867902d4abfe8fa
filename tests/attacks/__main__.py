"""Attacks on the real programs, on loopback: python -m tests.attacks [--only NAME ...] [--tree FOLDER].

A table of what each cost its victim. With --tree, victims run the code of another checkout. Linux, psutil.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.attacks.attacks import ATTACKS


def main(argv: Sequence[str] | None = None) -> int:
    """Run attacks and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(ATTACKS), default=list(ATTACKS), metavar="NAME")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each attack (default 10)")
    parser.add_argument("--tree", type=Path, default=Path.cwd(), help="whose code the victims run")
    arguments = parser.parse_args(argv)
    print("| attack | peak memory, MB | longest time blocked, ms | honest fps | |")
    print("|---|---|---|---|---|")
    for name in arguments.only:
        outcome = ATTACKS[name](arguments.seconds, arguments.tree.resolve())
        fps = "-" if outcome.honest_fps is None else f"{outcome.honest_fps:.1f}"
        print(
            f"| {name} | {outcome.peak_mb:.0f} | {outcome.blocked_ms:.0f} | {fps} | {outcome.note} |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
