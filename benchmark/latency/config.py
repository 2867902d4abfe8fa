"""What `narrowcast bench latency` is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmark.checks import check_above_zero, check_folders, check_names
from benchmark.stream_settings import StreamSettings
from sender.config import SenderConfig

LATENCY_CODECS = ("gan", "hybrid", "auto", "jpeg", "png", "webp", "avif", "huffman", "lzw")


@dataclass(frozen=True, kw_only=True)
class LatencyConfig:
    """One run: the test pattern through each codec, from one process to another."""

    codecs: tuple[str, ...] = ("hybrid", "gan", "jpeg")
    "one row each"
    stream: StreamSettings = StreamSettings()
    "its pictures, and where its codec runs"
    max_kbps: float = 0.0
    "cap on the bitrate; 0 for none"
    seconds: float = 10.0
    "how long each codec runs"
    window: bool = False
    "show the picture, where there is a display"
    json: Path | None = None
    "file for the rows"
    plot: Path | None = None
    "PNG file for the histograms"

    def __post_init__(self) -> None:
        """Refuse what cannot be run, before anything is."""
        check_names("codec", self.codecs, LATENCY_CODECS)
        check_above_zero("seconds", self.seconds)
        check_folders(self.json, self.plot)
        # The sender would refuse it too, but only once it has been started.
        SenderConfig(source="test:", max_kbps=self.max_kbps)

    @property
    def frame_interval_ms(self) -> float:
        """From one picture of the source to the next."""
        return 1000 / self.stream.fps
