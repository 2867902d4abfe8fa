"""The results of a speed run: one row a case, kept as JSON while the run goes on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmark.machine import describe_machine
from benchmark.output_files import write_json
from benchmark.speed.case import SpeedCase, SpeedMeasurement


@dataclass(frozen=True, kw_only=True)
class SpeedRow:
    """One case and what was found."""

    case: SpeedCase
    "what was measured"
    found: SpeedMeasurement
    "with what result"
    cold_load_s: float | None
    "making encoder and decoder while no converted network is on the disk; None where nothing is converted"

    @property
    def encode_fps(self) -> float:
        """Frames a second that one encoder alone could code."""
        return 1000 / self.found.encode_ms

    @property
    def decode_fps(self) -> float:
        """Frames a second that one decoder alone could decode."""
        return 1000 / self.found.decode_ms

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.case.width, self.case.height


@dataclass(frozen=True, kw_only=True)
class SpeedGap:
    """A case that could not be measured."""

    case: SpeedCase
    "which"
    reason: str
    "why, in a few words"


@dataclass(frozen=True, kw_only=True)
class SpeedRatio:
    """How many times as fast as the gan codec a row is."""

    encode: float
    "frames encoded a second, over gan's"
    decode: float
    "frames decoded a second, over gan's"


@dataclass
class SpeedResults:
    """What a run has found so far."""

    rows: list[SpeedRow] = field(default_factory=list)
    "case by case"
    gaps: list[SpeedGap] = field(default_factory=list)
    "what could not be measured"

    def sizes(self) -> list[tuple[int, int]]:
        """Return the sizes that have rows, in their order."""
        return list(dict.fromkeys(row.size for row in self.rows))

    def ratio(self, row: SpeedRow) -> SpeedRatio | None:
        """Compare with gan at the same size and threads, on its first backend; None where that is missing."""
        for other in self.rows:
            if (other.case.codec, other.size, other.case.threads) == ("gan", row.size, row.case.threads):
                return SpeedRatio(
                    encode=other.found.encode_ms / row.found.encode_ms,
                    decode=other.found.decode_ms / row.found.decode_ms,
                )
        return None

    def write_json(self, path: Path) -> None:
        """Replace the file by what there is."""
        content = {
            "machine": asdict(describe_machine()),
            "rows": [self._row(row) for row in self.rows],
            "gaps": [asdict(gap.case) | {"reason": gap.reason} for gap in self.gaps],
        }
        write_json(path, content)

    def _row(self, row: SpeedRow) -> dict[str, object]:
        ratio = self.ratio(row)
        return (
            asdict(row.case)
            | asdict(row.found)
            | {
                "cold_load_s": row.cold_load_s,
                "encode_fps": round(row.encode_fps, 2),
                "decode_fps": round(row.decode_fps, 2),
                "ratio_to_gan": None if ratio is None else asdict(ratio),
            }
        )
