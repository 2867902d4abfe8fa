"""What `narrowcast bench fanout` is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmark.checks import check_above_zero, check_folders, check_names
from benchmark.latency.config import LATENCY_CODECS
from benchmark.stream_settings import StreamSettings
from narrowcast.errors import ConfigError
from sender.config import DEFAULT_CODEC, SenderConfig

MAX_RECEIVERS = 256
"""Each is a socket and a thread of one process."""


@dataclass(frozen=True, kw_only=True)
class FanoutConfig:
    """One run: a looping clip to more and more receivers."""

    receivers: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    "one row each"
    source: str = "demo:"
    "what is sent, again and again"
    codec: str = DEFAULT_CODEC
    "as on the sender's command line"
    stream: StreamSettings = StreamSettings()
    "its pictures, and where its codec runs"
    seconds: float = 8.0
    "how long each count is measured, once all receivers are there"
    json: Path | None = None
    "file for the rows"
    plot: Path | None = None
    "PNG file for the curves"

    def __post_init__(self) -> None:
        """Refuse what cannot be run, before anything is."""
        check_names("codec", (self.codec,), LATENCY_CODECS)
        check_above_zero("seconds", self.seconds)
        if max(self.receivers) > MAX_RECEIVERS:
            raise ConfigError(f"receivers: {max(self.receivers)} are too many; {MAX_RECEIVERS} at most")
        check_folders(self.json, self.plot)
        # The sender would refuse it too, but only once it has been started.
        SenderConfig(source=self.source)
