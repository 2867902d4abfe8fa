"""What `narrowcast bench codec` is asked to do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from narrowcast.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class CodecBenchConfig:
    """One run: which clips and photo, at what quality, how many frames."""

    clips: tuple[Path, ...]
    "clips and folders of them"
    photo: Path | None = None
    "what the static camera sees; None takes the first clip's first frame"
    width: int = 640
    "pixels"
    height: int = 360
    "pixels"
    fps: float = 15.0
    "the pace that clips are brought to"
    frames: int = 300
    "of footage for exactness, and of the static camera"
    clip_frames: int = 40
    "of each clip for what inter frames cost, at most"
    quality: float = 0.3
    "as given to the encoder"
    noise: float = 2.0
    "sigma of the static camera's sensor noise, in levels"
    threads: int = 2
    "CPU threads of the default backend"
    json: Path | None = None
    "file for the results"

    def __post_init__(self) -> None:
        """Refuse what cannot be run, before anything is."""
        if not self.clips:
            raise ConfigError("no clip is named; name one or a folder of them")
        for name in ("fps", "frames", "clip_frames", "threads"):
            value = getattr(self, name)
            if not (value > 0 and math.isfinite(value)):
                raise ConfigError(f"{name.replace('_', ' ')} is {value:g}; it has to be above 0")
        if not 0.0 <= self.quality <= 1.0:
            raise ConfigError(f"quality is {self.quality:g}; it has to be from 0 to 1")
        if not 0.0 <= self.noise <= 100.0:
            raise ConfigError(f"noise is {self.noise:g}; it has to be from 0 to 100 levels")
        if self.json is not None and not self.json.absolute().parent.is_dir():
            raise ConfigError(f"there is no folder {self.json.parent} to write to; make it first")
