"""The rows of a link measurement, kept as JSON while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmark.link.config import LinkConfig
from benchmark.link.systems import SYSTEMS
from benchmark.machine import describe_machine
from benchmark.output_files import write_json

PEER_PACKAGES = ("imagezmq", "vidgear", "simplejpeg", "pyzmq")


@dataclass(frozen=True, kw_only=True)
class LinkRow:
    """One system on one link."""

    system: str
    "as on the command line"
    link_kbps: float
    "what the link carries"
    fps: float | None = None
    "pictures that came onto the screen a second"
    age_p50_ms: float | None = None
    "of what is on the screen, looked at all the time"
    age_p95_ms: float | None = None
    "likewise"
    longest_ms: float | None = None
    "the oldest that it became"
    first_picture_ms: float | None = None
    "from the source's first picture to the first one shown"
    wire_kbps: float | None = None
    "sent, as the kernel counts it; through the proxy without headers"
    scores: dict[str, float] = field(default_factory=dict)
    "means over a picture a second"
    reason: str = ""
    "why there are no figures"


@dataclass
class LinkResults:
    """What a run has found so far."""

    config: LinkConfig
    "what was asked for"
    metrics: Sequence[str]
    "those that are scored, in the order of the tables"
    fps: float
    "at which the clip is played"
    rows: list[LinkRow] = field(default_factory=list)
    "one by one"

    def rows_of(self, system: str) -> list[LinkRow]:
        """Return a system's rows that have figures, from the thinnest link on."""
        rows = [row for row in self.rows if row.system == system and row.fps is not None]
        return sorted(rows, key=lambda row: row.link_kbps)

    def to_json_dict(self) -> dict[str, object]:
        """Return everything as plain values."""
        config = self.config
        return {
            "machine": asdict(describe_machine()) | {"peers": _peer_versions()},
            "clip": "demo" if config.clip is None else config.clip.stem,
            "size": f"{config.width}x{config.height}",
            "fps": self.fps,
            "seconds": config.seconds,
            "settle_s": config.settle_s,
            "jpeg_quality": config.jpeg_quality,
            "link": config.link,
            "delay_ms": config.delay_ms,
            "jitter_ms": config.jitter_ms,
            "systems": {name: SYSTEMS[name].about for name in config.systems},
            "rows": [asdict(row) for row in self.rows],
        }

    def write_json(self, path: Path) -> None:
        """Replace the file by what there is."""
        write_json(path, self.to_json_dict())


def _peer_versions() -> dict[str, str]:
    found: dict[str, str] = {}
    for package in PEER_PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
