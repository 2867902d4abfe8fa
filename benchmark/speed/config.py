"""What `narrowcast bench speed` is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmark.checks import check_above_zero, check_folders, check_names
from benchmark.speed.case import BACKENDS, LEARNED, SPEED_CODECS, SpeedCase
from narrowcast.errors import ConfigError
from sender.config import SenderConfig

SIZES = ((320, 180), (640, 360), (1280, 720), (1920, 1080))


@dataclass(frozen=True, kw_only=True)
class SpeedConfig:
    """One run: each codec at each size, on each backend, with each number of threads."""

    clip: Path | None = None
    "what is coded, brought to each size; None takes the bundled clip"
    codecs: tuple[str, ...] = SPEED_CODECS
    "in the order of the tables"
    sizes: tuple[tuple[int, int], ...] = SIZES
    "width and height, pixels"
    backends: tuple[str, ...] = BACKENDS
    "of the learned codecs"
    threads: tuple[int, ...] = (1, 2)
    "CPU threads"
    frames: int = 30
    "timed of each case"
    quality: float = 0.5
    "of narrowcast's codecs: 0 (fewest bits) to 1 (best picture)"
    json: Path | None = None
    "file for the rows"
    plot: Path | None = None
    "PNG file for the bars"

    def __post_init__(self) -> None:
        """Refuse what cannot be run, before anything is."""
        check_names("codec", self.codecs, SPEED_CODECS)
        check_names("backend", self.backends, BACKENDS)
        for width, height in self.sizes:
            SenderConfig(source="test:", width=width, height=height, quality=self.quality)
        for threads in self.threads:
            check_above_zero("threads", threads)
        if self.frames < 2:
            raise ConfigError(f"frames is {self.frames}; half of them are timed whole, so 2 at least")
        check_folders(self.json, self.plot)

    def cases(self) -> list[SpeedCase]:
        """Everything to measure, size by size; on a GPU the number of CPU threads changes nothing."""
        return [
            SpeedCase(
                codec=codec,
                backend=backend,
                threads=threads,
                width=width,
                height=height,
                quality=self.quality,
            )
            for width, height in self.sizes
            for codec in self.codecs
            for backend in (self.backends if codec in LEARNED else ("",))
            for threads in (self.threads[-1:] if backend == "cuda" else self.threads)
        ]
