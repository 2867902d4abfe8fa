"""Prints what a still costs the stream over simulated links: the table of docs/watching.md."""

from __future__ import annotations

import random
from dataclasses import dataclass

from narrowcast.protocol.stills.fetch import StillArrived
from tests.protocol.simulated_link import SimulatedReceiver
from tests.protocol.test_simulated_rates import p95, simulate

_USUAL_S = 30.0
_LONGEST_S = 200.0


@dataclass(frozen=True, kw_only=True)
class Case:
    """A link, and a still that is fetched over it."""

    name: str
    "for people"
    kbps: float
    "of the link"
    delay_ms: int = 20
    "one way"
    cap_kbps: float = 0.0
    "of the sender; 0 for none"
    still_bytes: int = 60_000
    "of the PNG file"


CASES = (
    Case(name="64 kbit/s, 20 ms", kbps=64),
    Case(name="64 kbit/s, 300 ms", kbps=64, delay_ms=300),
    Case(name="256 kbit/s, 20 ms", kbps=256),
    Case(name="10 Mbit/s, 5 ms, `--max-kbps 64`", kbps=10_000, delay_ms=5, cap_kbps=64),
    Case(name="10 Mbit/s, 5 ms, `--max-kbps 16`", kbps=10_000, delay_ms=5, cap_kbps=16, still_bytes=15_000),
    Case(name="10 Mbit/s, 5 ms", kbps=10_000, delay_ms=5, still_bytes=350_000),
)


def main() -> None:
    """Print the table as Markdown."""
    print("| link | still | stream: shown, age p95 | while it is fetched | it takes |")
    print("|---|---|---|---|---|")
    for case in CASES:
        print(_row(case), flush=True)


def _row(case: Case) -> str:
    simulation, receiver, _ = simulate(case.kbps, delay_ms=case.delay_ms, cap_kbps=case.cap_kbps)
    simulation.run(10)
    first = len(receiver.ages_us)
    simulation.run(_USUAL_S)
    usual = _stream(receiver, first, _USUAL_S)
    simulation.still_png = random.Random(1).randbytes(case.still_bytes)
    receiver.session.request_still(5)
    first, start_us = len(receiver.ages_us), simulation.now_us
    while not _has_still(receiver) and simulation.now_us < start_us + 1e6 * _LONGEST_S:
        simulation.run(0.1)
    took_s = (simulation.now_us - start_us) / 1e6
    fetching = _stream(receiver, first, took_s)
    return f"| {case.name} | {case.still_bytes // 1000} kB | {usual} | {fetching} | {took_s:.1f} s |"


def _has_still(receiver: SimulatedReceiver) -> bool:
    return any(isinstance(event, StillArrived) for event in receiver.events)


def _stream(receiver: SimulatedReceiver, first: int, seconds: float) -> str:
    ages_us = receiver.ages_us[first:]
    return f"{len(ages_us) / seconds:.1f} fps, {p95(ages_us) / 1000:.0f} ms"


if __name__ == "__main__":
    main()
