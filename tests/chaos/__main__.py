"""Long runs of the real programs: python -m tests.chaos chaos|soak|cap. Needs Linux, root and iproute2."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence

from narrowcast.errors import BenchError
from narrowcast.sender.config import DEFAULT_CODEC
from tests.chaos.cap import EXCESS_LIMIT, WINDOW_S, peak_sent_kbps, run_cap
from tests.chaos.faults import FAULTS
from tests.chaos.log import complaints
from tests.chaos.run import print_verdict, run_chaos
from tests.chaos.soak import run_soak, soak_complaints, soak_growth, soak_psnr


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 1 where something is not good enough."""
    arguments = _parser().parse_args(argv)
    # Told to stop, it takes its programs and namespaces down like after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        status: int = arguments.run(arguments)
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    commands = parser.add_subparsers(required=True)
    chaos = commands.add_parser("chaos", help="faults, killed programs and hostile clients on changing links")
    chaos.add_argument("--minutes", type=float, default=10.0)
    chaos.add_argument("--hostile", type=int, default=10, help="hostile clients (default 10)")
    chaos.add_argument("--seed", type=int, default=1)
    chaos.add_argument(
        "--faults", nargs="+", choices=list(FAULTS), default=list(FAULTS), help="only these kinds"
    )
    chaos.set_defaults(run=_chaos)
    soak = commands.add_parser("soak", help="a long stream, and what memory does")
    soak.add_argument("--minutes", type=float, default=30.0)
    soak.add_argument("--kbps", type=int, default=256, help="of the link (default 256)")
    soak.set_defaults(run=_soak)
    cap = commands.add_parser("cap", help="bytes on the wire in any two seconds under a cap")
    cap.add_argument("--seconds", type=float, default=60.0)
    cap.add_argument("--max-kbps", type=float, default=48.0, help="the cap (default 48)")
    cap.add_argument("--link-kbps", type=int, default=1000, help="of the link (default 1000)")
    cap.set_defaults(run=_cap)
    for command in (chaos, soak, cap):
        command.add_argument("--size", default="640x360", help="of the pictures (default 640x360)")
        command.add_argument("--codec", default=DEFAULT_CODEC, help=f"default {DEFAULT_CODEC}")
    return parser


def _chaos(arguments: argparse.Namespace) -> int:
    log = run_chaos(
        minutes=arguments.minutes,
        size=arguments.size,
        codec=arguments.codec,
        hostile=arguments.hostile,
        seed=arguments.seed,
        kinds=arguments.faults,
    )
    print_verdict(log)
    return 1 if complaints(log) else 0


def _soak(arguments: argparse.Namespace) -> int:
    log = run_soak(minutes=arguments.minutes, size=arguments.size, codec=arguments.codec, kbps=arguments.kbps)
    for name in ("sender", "receiver"):
        print(f"memory of the {name}: {100 * (soak_growth(log, name) - 1):+.2f}%")
    print(f"{len(log.shown) / (60 * arguments.minutes):.1f} pictures a second")
    first_db, last_db, worst_db = soak_psnr(log)
    print(f"PSNR, small: {first_db:.2f} dB at first, {last_db:.2f} at last, {worst_db:.2f} at worst")
    for line in soak_complaints(log):
        print(f"NOT GOOD ENOUGH: {line}")
    return 1 if soak_complaints(log) else 0


def _cap(arguments: argparse.Namespace) -> int:
    trace = run_cap(
        seconds=arguments.seconds,
        size=arguments.size,
        codec=arguments.codec,
        max_kbps=arguments.max_kbps,
        link_kbps=arguments.link_kbps,
    )
    peak_kbps = peak_sent_kbps(trace, WINDOW_S) or 0.0
    mean_kbps = trace.sent_kbps(trace.samples[0].at_us, trace.samples[-1].at_us) or 0.0
    print(f"most in {WINDOW_S:g} s: {peak_kbps:.2f} kbit/s; mean {mean_kbps:.2f}; cap {arguments.max_kbps:g}")
    return 1 if peak_kbps > EXCESS_LIMIT * arguments.max_kbps else 0


if __name__ == "__main__":
    sys.exit(main())
