"""The results of `narrowcast bench codec`: kept as JSON, shown as tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.table import Table

from benchmark.codec.cost import CostRow
from benchmark.codec.exactness import ExactnessRow
from benchmark.codec.static import StaticResult
from benchmark.machine import describe_machine
from narrowcast.errors import BenchError


@dataclass(kw_only=True)
class CodecResults:
    """What a run has found."""

    model_id: str
    "of the weights"
    quality: float
    "as given to the encoder"
    exactness: list[ExactnessRow] = field(default_factory=list)
    "pair by pair"
    static: StaticResult | None = None
    "of the static camera"
    costs: list[CostRow] = field(default_factory=list)
    "clip by clip"

    @property
    def exact(self) -> bool:
        """Every history was equal after every frame."""
        return all(row.equal == row.frames for row in self.exactness)

    def write_json(self, path: Path) -> None:
        """Write everything, with the machine; BenchError where that cannot be."""
        content = {
            "machine": asdict(describe_machine()),
            **asdict(self),
            "exact": self.exact,
            "costs": [{**asdict(row), "ratio": row.ratio} for row in self.costs],
        }
        try:
            path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise BenchError(f"cannot write {path} ({error.strerror}); choose another file") from error

    def tables(self) -> Iterator[Table]:
        """Yield what was measured, in the order of measuring."""
        if self.exactness:
            yield _exactness_table(self.exactness)
        if self.static is not None:
            yield _static_table(self.static, self.quality)
        if self.costs:
            yield _cost_table(self.costs, self.quality)


def _exactness_table(rows: list[ExactnessRow]) -> Table:
    table = Table(title="exactness: equal histories", title_justify="left")
    for heading in ("coded with", "decoded with"):
        table.add_column(heading)
    table.add_column("equal frames", justify="right")
    table.add_column("error")
    for row in rows:
        table.add_row(row.encoder, row.decoder, f"{row.equal} of {row.frames}", row.error)
    return table


def _static_table(result: StaticResult, quality: float) -> Table:
    title = f"static camera, noise of sigma {result.noise:g}, {result.frames} frames, q = {quality:g}"
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_row("keyframe", f"{result.keyframe_bytes} bytes")
    table.add_row("frames after the first second, mean", f"{result.mean_bytes:.0f} bytes")
    table.add_row("largest of them", f"{result.largest_bytes} bytes")
    table.add_row("of these skip frames", f"{result.skipped}")
    table.add_row("PSNR, tenth -> last", f"{result.psnr_tenth:.2f} -> {result.psnr_last:.2f} dB")
    clean = f"{result.psnr_tenth_clean:.2f} -> {result.psnr_last_clean:.2f} dB"
    table.add_row("the same against the photo without noise", clean)
    return table


def _cost_table(rows: list[CostRow], quality: float) -> Table:
    table = Table(title=f"inter frames beside keyframes, q = {quality:g}", title_justify="left")
    table.add_column("clip")
    for heading in (
        "frames",
        "stands still",
        "keyframes",
        "bytes of one",
        "bytes of an inter frame",
        "ratio",
    ):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            row.clip,
            str(row.frames),
            f"{row.still:.0%}",
            str(row.keyframes),
            f"{row.keyframe_bytes:.0f}",
            f"{row.inter_bytes:.0f}",
            f"{row.ratio:.0%}",
        )
    return table
