"""A long run without faults: whether memory grows, and whether the picture drifts."""

from __future__ import annotations

import os
from statistics import median

from tests.chaos.log import SETTLING_US, ChaosLog, Usage
from tests.chaos.testbed import Testbed

GROWTH_LIMIT = 1.02
EDGE_SHARE = 0.1
"Share of the run at each end whose medians are compared, so that no single sample decides."
DRIFT_LIMIT_DB = 0.5


def run_soak(*, minutes: float, size: str, codec: str, kbps: int) -> ChaosLog:
    """Stream for so long over a link of this rate, and return the log."""
    log = ChaosLog()
    threads = os.cpu_count() or 1
    with Testbed(log, size=size, codec=codec, hostile=0, judged=True, receiver_threads=threads) as testbed:
        testbed.shape(kbps)
        testbed.watch(SETTLING_US / 1e6)
        while minutes > 0 and not log.ended_early:
            testbed.watch(min(60.0, 60.0 * minutes))
            minutes -= 1.0
            last = {usage.name: usage.resident_bytes / 2**20 for usage in log.usage[-2:]}
            memory = ", ".join(f"{name} {size:.1f} MiB" for name, size in last.items())
            print(f"{len(log.shown)} pictures, {memory}", flush=True)
    return log


def soak_growth(log: ChaosLog, name: str) -> float:
    """Resident memory at the end over that at the start, once settled."""
    looks = [usage for usage in log.usage if usage.name == name]
    settled = [usage for usage in looks if usage.at_us >= looks[0].at_us + SETTLING_US]
    edge = max(1, round(EDGE_SHARE * len(settled)))
    return _median_bytes(settled[-edge:]) / _median_bytes(settled[:edge])


def soak_psnr(log: ChaosLog) -> tuple[float, float, float]:
    """PSNR in dB of the small pictures: medians of the first and last tenth, and the worst after that first.

    0 where none was judged.
    """
    values = [shown.psnr for shown in log.shown if shown.psnr is not None] or [0.0]
    edge = max(1, round(EDGE_SHARE * len(values)))
    return median(values[:edge]), median(values[-edge:]), min(values[edge:] or values)


def soak_complaints(log: ChaosLog) -> list[str]:
    """List what is not good enough, one line each."""
    lines = [f"{name} ended by itself" for name in log.ended_early]
    if log.failed_frames:
        lines.append(f"{log.failed_frames} frames did not decode")
    first_db, last_db, _ = soak_psnr(log)
    if first_db == 0.0:
        return [*lines, "not enough pictures were shown to judge one"]
    if last_db < first_db - DRIFT_LIMIT_DB:
        lines.append(f"the picture drifted from {first_db:.2f} to {last_db:.2f} dB")
    for name in ("sender", "receiver"):
        grown = soak_growth(log, name)
        if grown > GROWTH_LIMIT:
            lines.append(f"the {name}'s memory grew by {100 * (grown - 1):.1f}%")
    return lines


def _median_bytes(looks: list[Usage]) -> int:
    return sorted(look.resident_bytes for look in looks)[len(looks) // 2]
