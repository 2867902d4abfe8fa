"""What `narrowcast bench rd` is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmark.checks import check_above_zero, check_folders, check_names
from benchmark.metrics.catalogue import METRICS
from benchmark.peers.catalogue import DEFAULT_PEERS, PEER_NAMES

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
    temporal: bool = False
    "temporal LPIPS too"
    width: int = 640
    "pixels"
    height: int = 360
    "pixels"
    fps: float = 15.0
    "the pace that clips are brought to"
    frames: int = 40
    "of each clip, at most"
    every: int = 5
    "the metrics look at one frame in so many, DISTS and LPIPS-VGG at a third of these; even ones grow by one"
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
        check_names("codec", self.codecs, PEER_NAMES)
        check_names("metric", self.metrics, tuple(METRICS))
        check_names("device", (self.device,), DEVICES)
        for name in ("fps", "frames", "every", "threads", "sheet_kbps"):
            check_above_zero(name.replace("_", " "), getattr(self, name))
        check_folders(self.json, self.plot, self.sheet)
