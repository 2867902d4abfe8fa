"""The settings of `narrowcast bench rd`."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from narrowcast.benchmark.metrics import METRICS
from narrowcast.benchmark.peers.catalogue import DEFAULT_PEERS, PEER_NAMES
from narrowcast.benchmark.settings import (
    PictureSettings,
    PlotSettings,
    check_folder,
    name_list,
    weights_of_environment,
)
from narrowcast.codec.names import Device
from narrowcast.runtime.common_settings import POSITIVE
from narrowcast.runtime.settings import Setting


@dataclass(frozen=True, kw_only=True)
class RdSettings(PictureSettings, PlotSettings):
    """One run: which clips, through which codecs, scored how, written where."""

    clips: Annotated[tuple[Path, ...], Setting(positional=True, metavar="CLIP")]
    "clip, picture or a folder of them"
    codecs: Annotated[tuple[str, ...], name_list(PEER_NAMES)] = DEFAULT_PEERS
    "in the order of the tables"
    metrics: Annotated[tuple[str, ...], name_list(tuple(METRICS))] = (
        "psnr",
        "ms_ssim",
        "lpips_alex",
        "dists",
    )
    "in the order of the tables"
    temporal: bool = False
    "LPIPS between consecutive frames too, where the source stands still, over the source's own"
    frames: Annotated[int, POSITIVE] = 40
    "of each clip, at most"
    every: Annotated[int, POSITIVE] = 5
    "score one frame in so many, an odd number; with VGG16 a third of these"
    weights: Annotated[Path | None, Setting(metavar="DIR")] = field(default_factory=weights_of_environment)
    "folder of AlexNet, VGG16, LPIPS and DISTS weights; by default $NARROWCAST_BENCH_WEIGHTS"
    device: Device = "auto"
    "where the networks run"
    threads: Annotated[int, POSITIVE] = field(default_factory=lambda: os.cpu_count() or 1)
    "CPU threads of codecs and metrics"
    sheet: Annotated[Path | None, Setting(metavar="FILE.png")] = None
    "put source and codecs side by side"
    film: Annotated[Path | None, Setting(metavar="FILE.webp")] = None
    "the same for the first clip, moving"
    kbps: Annotated[float, POSITIVE] = 60.0
    "rate of the sheet's and the film's pictures"

    def __post_init__(self) -> None:
        """Refuse what cannot be run, before anything is."""
        super().__post_init__()
        check_folder("sheet", self.sheet)
        check_folder("film", self.film)

    @property
    def draws(self) -> bool:
        """Whether pictures are wanted."""
        return self.sheet is not None or self.film is not None
