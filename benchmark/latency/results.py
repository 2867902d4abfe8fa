"""The results of a latency run: one row a codec, kept as JSON while the run goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from benchmark.latency.frames import Agreement, FrameLatency, agreement
from benchmark.machine import describe_machine
from benchmark.output_files import write_json
from protocol import Percentiles

STAGES = ("wait", "encode", "network", "decode", "display")
"""In the order of a frame's way; FrameLatency has a field for each."""


@dataclass(frozen=True, kw_only=True)
class LatencyRow:
    """One codec's stream."""

    codec: str
    "as on the command line"
    width: int
    "pixels"
    height: int
    "pixels"
    fps: float
    "pictures a second that the source drew"
    shown_fps: float
    "pictures a second that were shown"
    kbps: float
    "on the wire: all bytes from the sender"
    clock_error_ms: float | None
    "how far the sender's clock, as the receiver estimates it, may be off"
    frames: tuple[FrameLatency, ...]
    "each frame that was shown with a known clock"
    agreement: Agreement
    "whether time stamps and numbers say the same"

    @property
    def by_stamps_ms(self) -> Percentiles:
        """Capture to display, by time stamps."""
        return percentiles_of([frame.by_stamps_ms for frame in self.frames])

    @property
    def by_number_ms(self) -> Percentiles:
        """Capture to display, by the number in the picture."""
        known = [frame.by_number_ms for frame in self.frames if frame.by_number_ms is not None]
        return percentiles_of(known)

    def stage_ms(self, stage: str) -> Percentiles:
        """One stage of a frame's way."""
        return percentiles_of([getattr(frame, f"{stage}_ms") for frame in self.frames])

    def to_json_dict(self) -> dict[str, object]:
        """Plain values, with the percentiles beside the frames that they come from."""
        return asdict(self) | {
            "agrees": self.agreement.holds,
            "by_stamps_ms": self.by_stamps_ms.to_json_dict(),
            "by_number_ms": self.by_number_ms.to_json_dict(),
            "stages_ms": {stage: self.stage_ms(stage).to_json_dict() for stage in STAGES},
        }


def percentiles_of(values_ms: Sequence[float]) -> Percentiles:
    """Read the three points off (nearest rank)."""
    if not values_ms:
        return Percentiles(p50=None, p95=None, p99=None, count=0)
    p50, p95, p99 = np.percentile(values_ms, [50, 95, 99], method="inverted_cdf").round(3).tolist()
    return Percentiles(p50=p50, p95=p95, p99=p99, count=len(values_ms))


def make_row(
    *,
    codec: str,
    width: int,
    height: int,
    fps: float,
    shown_fps: float,
    kbps: float,
    clock_error_ms: float | None,
    frames: Sequence[FrameLatency],
) -> LatencyRow:
    """Put a row together, and compare the two methods."""
    return LatencyRow(
        codec=codec,
        width=width,
        height=height,
        fps=fps,
        shown_fps=shown_fps,
        kbps=kbps,
        clock_error_ms=clock_error_ms,
        frames=tuple(frames),
        agreement=agreement(frames, 1000 / fps),
    )


@dataclass
class LatencyResults:
    """What a run has found so far."""

    rows: list[LatencyRow] = field(default_factory=list)
    "codec by codec"
    gaps: dict[str, str] = field(default_factory=dict)
    "codecs that could not be measured, and why"

    def write_json(self, path: Path) -> None:
        """Replace the file by what there is."""
        content = {
            "machine": asdict(describe_machine()),
            "rows": [row.to_json_dict() for row in self.rows],
            "gaps": self.gaps,
        }
        write_json(path, content)
