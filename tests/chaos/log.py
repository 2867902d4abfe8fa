"""The log of a run: faults, pictures, memory; and whether the stream took them well enough."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

SECOND_US = 1_000_000
RECOVERY_LIMIT_US = 2 * SECOND_US
AGE_LIMIT_US = 700_000
AGE_KBPS = 64
CALM_US = 3 * SECOND_US
"Ages are judged only this long after a fault has ended or the link has changed."
GROWTH_LIMIT = 1.05
SETTLING_US = 20 * SECOND_US
"Time from a process's start until its memory is judged."
SPARE_FILES = 16
"File descriptors that the connections of hostile clients may use at a time."


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that went wrong."""

    kind: str
    "cut, freeze, break, kill sender, kill receiver, or none"
    kbps: int
    "the link's rate when it was over"
    start_us: int
    "when it began"
    gone_us: int
    "when it ended"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One picture on the screen."""

    at_us: int
    "when"
    age_us: int | None
    "since its capture; None while the clock is unknown"
    psnr: float | None = None
    "dB against the clip (tests.chaos.fidelity), for one in thirty; None for the others"


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Memory and files of a process at one moment."""

    pid: int
    "id of the process; a program that is started again has another"
    name: str
    "sender or receiver"
    at_us: int
    "when"
    resident_bytes: int
    "memory"
    files: int
    "open file descriptors"


@dataclass(kw_only=True)
class ChaosLog:
    """Everything that one run logged."""

    rates: list[tuple[int, int]] = field(default_factory=list)
    "(time, kbit/s) of every change of the link"
    faults: list[Fault] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    usage: list[Usage] = field(default_factory=list)
    failed_frames: int = 0
    "pictures whose reference frames were not the sender's, or that did not decode for another reason"
    ended_early: list[str] = field(default_factory=list)
    "programs that ended although the run did not kill them"


def recovery_us(log: ChaosLog, fault: Fault) -> int | None:
    """Return the time from the end of a fault to the next picture; None where there was none."""
    after = [shown.at_us for shown in log.shown if shown.at_us >= fault.gone_us]
    return min(after) - fault.gone_us if after else None


def calm_ages_us(log: ChaosLog, kbps: int) -> list[int]:
    """Ages of pictures at one rate of the link, away from faults and from the change to that rate."""
    ages = []
    for (start_us, rate), (end_us, _) in zip(log.rates, [*log.rates[1:], (1 << 62, 0)], strict=True):
        if rate != kbps:
            continue
        for shown in log.shown:
            calm = all(not f.start_us <= shown.at_us < f.gone_us + CALM_US for f in log.faults)
            if start_us + CALM_US <= shown.at_us < end_us and calm and shown.age_us is not None:
                ages.append(shown.age_us)
    return sorted(ages)


def percentile(ordered: Sequence[int], share: float) -> int | None:
    """The value that so large a share of the sorted values does not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def growth(log: ChaosLog) -> dict[str, float]:
    """How much the memory of each program grew at worst in one life, after it had settled: end over start."""
    worst: dict[str, float] = {}
    for pid in dict.fromkeys(usage.pid for usage in log.usage):
        life = [usage for usage in log.usage if usage.pid == pid]
        settled = [usage for usage in life if usage.at_us >= life[0].at_us + SETTLING_US]
        if len(settled) >= 10:
            grown = settled[-1].resident_bytes / settled[0].resident_bytes
            worst[life[0].name] = max(worst.get(life[0].name, 0.0), grown)
    return worst


def file_growth(log: ChaosLog) -> dict[str, int]:
    """How many more descriptors each program had at the end of a life than when it had settled, at worst."""
    worst: dict[str, int] = {}
    for pid in dict.fromkeys(usage.pid for usage in log.usage):
        life = [usage for usage in log.usage if usage.pid == pid]
        settled = [usage.files for usage in life if usage.at_us >= life[0].at_us + SETTLING_US]
        if settled:
            worst[life[0].name] = max(worst.get(life[0].name, 0), settled[-1] - settled[0])
    return worst


def complaints(log: ChaosLog) -> list[str]:
    """What is not good enough, one line each; empty where all is well."""
    lines = [f"{name} ended though nobody killed it" for name in log.ended_early]
    for fault in log.faults:
        recovered_us = recovery_us(log, fault)
        if recovered_us is None or recovered_us > RECOVERY_LIMIT_US:
            took = "never" if recovered_us is None else f"after {recovered_us / 1e6:.2f} s"
            lines.append(f"{fault.kind} at {fault.kbps} kbit/s: frames flowed again {took}")
    age_us = percentile(calm_ages_us(log, AGE_KBPS), 0.95)
    if age_us is not None and age_us > AGE_LIMIT_US:
        lines.append(f"age p95 at {AGE_KBPS} kbit/s is {age_us / 1e3:.0f} ms")
    if log.failed_frames:
        lines.append(f"{log.failed_frames} frames did not decode")
    lines += [f"the {name}'s memory grew to {g:.2f}" for name, g in growth(log).items() if g > GROWTH_LIMIT]
    files = file_growth(log).items()
    lines += [f"the {name} has {more} files more" for name, more in files if more > SPARE_FILES]
    return lines
