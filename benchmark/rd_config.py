"""What `narrowcast bench rd` is asked to do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from .errors import BenchConfigError
from .metrics import METRICS
from .peers import DEFAULT_PEERS, PEER_NAMES

DEFAULT_METRICS = ("psnr", "ms_ssim", "lpips_alex", "dists")
DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True, kw_only=True)
class RdConfig:
    """One run: which clips, through which codecs, scored how, written where."""

    paths: tuple[Path, ...]
    "clips, pictures and folders of them"
    codecs: tuple[str, ...] = DEFAULT_PEERS
    "in the order of the tables"
    metrics: tuple[str, ...] = DEFAULT_METRICS
    "in the order of the tables"
    width: int = 640
    "pixels"
    height: int = 360
    "pixels"
    fps: float = 15.0
    "the pace that clips are brought to"
    frames: int = 40
    "of each clip, at most"
    every: int = 4
    "the metrics look at one frame in so many, DISTS and LPIPS-VGG at a quarter of these"
    weights: Path | None = None
    "folder of the networks that LPIPS and DISTS look through"
    device: str = "auto"
    "where the networks run"
    threads: int = 2
    "CPU threads of codecs and metrics"
    json: Path | None = None
    "file for the rows"
    plot: Path | None = None
    "PNG file for the curves"
    sheet: Path | None = None
    "PNG file for the pictures side by side"
    sheet_kbps: float = 60.0
    "the rate at which the sheet compares"

    def __post_init__(self) -> None:
        """Refuse what cannot be run, before anything is."""
        _check_names("codec", self.codecs, PEER_NAMES)
        _check_names("metric", self.metrics, tuple(METRICS))
        _check_names("device", (self.device,), DEVICES)
        for name in ("fps", "frames", "every", "threads", "sheet_kbps"):
            value = getattr(self, name)
            if not (value > 0 and math.isfinite(value)):
                raise BenchConfigError(f"{name.replace('_', ' ')} is {value:g}; it has to be above 0")
        for path in (self.json, self.plot, self.sheet):
            if path is not None and not path.absolute().parent.is_dir():
                raise BenchConfigError(
                    f"there is no folder {path.parent} to write {path.name} to; make it first"
                )


def _check_names(kind: str, names: tuple[str, ...], known: tuple[str, ...]) -> None:
    if not names:
        raise BenchConfigError(f"no {kind} is named; choose from {', '.join(known)}")
    for name in names:
        if name not in known:
            raise BenchConfigError(f"no {kind} {name!r}; choose from {', '.join(known)}")
