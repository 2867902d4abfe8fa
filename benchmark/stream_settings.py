"""The stream between processes that a benchmark starts: its pictures, and where its codec runs."""

from __future__ import annotations

from dataclasses import dataclass

from codec.names import Device
from sender.config import SenderConfig


@dataclass(frozen=True, kw_only=True)
class StreamSettings:
    """What latency and fan-out tell the programs that they start."""

    width: int = 640
    "pixels"
    height: int = 360
    "pixels"
    fps: float = 15.0
    "frames a second"
    quality: float = 0.5
    "0 (fewest bits) to 1 (best picture)"
    device: Device = "auto"
    "where the codec runs: auto, cpu or cuda"
    threads: int | None = None
    "CPU threads of the codec, in each process; None leaves it to the codec"

    def __post_init__(self) -> None:
        """Refuse what the sender would refuse too, but only once it has been started."""
        SenderConfig(
            source="test:",
            size=(self.width, self.height),
            fps=self.fps,
            quality=self.quality,
            device=self.device,
            threads=self.threads,
        )

    @property
    def size(self) -> str:
        """As on the command line: 640x360."""
        return f"{self.width}x{self.height}"

    def picture_arguments(self) -> list[str]:
        """What the sender is told of the pictures."""
        return ["--size", self.size, "--fps", f"{self.fps:g}", "--quality", f"{self.quality:g}"]

    def codec_arguments(self) -> list[str]:
        """What sender and receiver are told of the codec."""
        threads = [] if self.threads is None else ["--threads", str(self.threads)]
        return ["--device", self.device, *threads]
