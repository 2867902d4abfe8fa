"""The results of a fan-out run: one row a number of receivers, kept as JSON while the run goes on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmark.machine import describe_machine
from benchmark.output_files import write_json
from protocol import Percentiles

TARGET_RECEIVERS, TARGET_RATIO = 16, 2.0
"""With so many receivers, the displayed picture is to be at most so many times as old as with one."""


@dataclass(frozen=True, kw_only=True)
class FanoutRow:
    """One number of receivers: the first decodes and displays, the others only take their frames."""

    receivers: int
    "with the one that displays"
    seconds: float
    "how long it was measured"
    sender_cpu_percent: float
    "of one core"
    sent_bytes_per_s: float
    "on the wire, to all receivers together"
    shown_fps: float
    "pictures a second at the receiver that displays"
    shown_age_ms: Percentiles
    "from capture until that receiver had shown the picture"
    light_fps: float | None
    "frames a second at a light receiver, their mean; None where there are none"
    light_age_ms: Percentiles
    "from capture until a light receiver had the frame, over all of them"


@dataclass
class FanoutResults:
    """What a run has found so far."""

    rows: list[FanoutRow] = field(default_factory=list)
    "in the order in which they were measured"
    gaps: dict[int, str] = field(default_factory=dict)
    "numbers of receivers that could not be measured, and why"

    def age_ratio(self, row: FanoutRow) -> float | None:
        """How many times as old as with one receiver the displayed picture is, by its p95."""
        alone = next((each.shown_age_ms.p95 for each in self.rows if each.receivers == 1), None)
        age_ms = row.shown_age_ms.p95
        return age_ms / alone if age_ms is not None and alone else None

    def target_ratio(self) -> float | None:
        """That ratio for the number of receivers that the target names; None where it was not measured."""
        for row in self.rows:
            if row.receivers == TARGET_RECEIVERS:
                return self.age_ratio(row)
        return None

    def write_json(self, path: Path) -> None:
        """Replace the file by what there is."""
        ratio = self.target_ratio()
        content = {
            "machine": asdict(describe_machine()),
            "rows": [asdict(row) | {"age_ratio": self.age_ratio(row)} for row in self.rows],
            "gaps": {str(receivers): reason for receivers, reason in self.gaps.items()},
            "target": {"receivers": TARGET_RECEIVERS, "ratio": TARGET_RATIO, "measured": ratio},
        }
        write_json(path, content)
