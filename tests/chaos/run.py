"""One chaos run: links that change every ten seconds, and a fault in each."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from narrowcast.runtime.clock import now_us
from tests.chaos.faults import FAULTS, commit
from tests.chaos.log import (
    AGE_KBPS,
    ChaosLog,
    Fault,
    calm_ages_us,
    complaints,
    file_growth,
    growth,
    percentile,
    recovery_us,
)
from tests.chaos.testbed import Testbed

RATES_KBPS = (16, 32, 64, 128, 256)
BEFORE_S, AFTER_S = 4.0, 5.0
"Before a fault, and after it; with the fault itself about ten seconds."


def run_chaos(
    *, minutes: float, size: str, codec: str, hostile: int, seed: int, kinds: Sequence[str]
) -> ChaosLog:
    """Run for so long with faults of these kinds, and return the log."""
    log, draw = ChaosLog(), Random(seed)
    left: list[str] = []
    with Testbed(log, size=size, codec=codec, hostile=hostile) as testbed:
        testbed.watch(5.0)
        end_us = now_us() + round(60e6 * minutes)
        while now_us() < end_us and not log.ended_early:
            # Half of the time the rate that ages are judged at, the others in turn.
            testbed.shape(AGE_KBPS if draw.random() < 0.4 else draw.choice(RATES_KBPS))
            testbed.watch(BEFORE_S)
            left = left or draw.sample(list(kinds), len(kinds))
            fault = commit(testbed, left.pop(), draw)
            testbed.watch(AFTER_S)
            log.faults.append(fault)
            _tell(log, fault)
    return log


def print_verdict(log: ChaosLog) -> None:
    """Print what the run showed."""
    ages = calm_ages_us(log, AGE_KBPS)
    p50, p95 = percentile(ages, 0.5), percentile(ages, 0.95)
    print(f"{len(log.faults)} faults, {len(log.shown)} pictures shown, {log.failed_frames} did not decode")
    for kind in FAULTS:
        times = sorted(recovery_us(log, fault) or 1 << 40 for fault in log.faults if fault.kind == kind)
        if times:
            took = f"{times[len(times) // 2] / 1e6:.2f} s (median), {times[-1] / 1e6:.2f} s (worst)"
            print(f"{kind}: {len(times)} times, frames again after {took}")
    if p50 is not None and p95 is not None:
        print(f"age at {AGE_KBPS} kbit/s away from faults: p50 {p50 / 1e3:.0f} ms, p95 {p95 / 1e3:.0f} ms")
    for name, grown in growth(log).items():
        print(f"memory of the {name}: {100 * (grown - 1):+.1f}% in its worst life")
    for name, more in file_growth(log).items():
        print(f"open files of the {name}: {more:+d} in its worst life")
    for line in complaints(log):
        print(f"NOT GOOD ENOUGH: {line}")


def _tell(log: ChaosLog, fault: Fault) -> None:
    recovered_us = recovery_us(log, fault)
    took = "no frame yet" if recovered_us is None else f"frames again after {recovered_us / 1e6:.2f} s"
    lasted_s = (fault.gone_us - fault.start_us) / 1e6
    print(f"{fault.kbps:4} kbit/s, {fault.kind} for {lasted_s:.1f} s: {took}", flush=True)
