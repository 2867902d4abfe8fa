"""What `narrowcast bench link` is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmark.checks import check_above_zero, check_folders, check_names
from benchmark.link.systems import DEFAULT_SYSTEMS, SYSTEMS
from narrowcast.errors import ConfigError

LINKS = ("bucket", "tunnel", "proxy")
"""Namespaces with tc's token bucket; namespaces with packets that take their time; no namespaces."""
DEFAULT_RATES_KBPS = (16.0, 32.0, 64.0, 128.0, 256.0)


@dataclass(frozen=True, kw_only=True)
class LinkConfig:
    """One run: which systems, over which links, playing what."""

    clip: Path | None = None
    "video file; None plays the bundled clip"
    rates_kbps: tuple[float, ...] = DEFAULT_RATES_KBPS
    "what the links carry, one after the other"
    systems: tuple[str, ...] = DEFAULT_SYSTEMS
    "in the order of the tables"
    width: int = 640
    "pixels"
    height: int = 360
    "pixels"
    fps: float = 15.0
    "frames a second that the source gives"
    seconds: float = 20.0
    "measured, of each system on each link"
    settle_s: float = 5.0
    "from the first picture on, not measured: a sender may need it to find the rate"
    jpeg_quality: int = 10
    "of systems that send JPEG frames; libjpeg's scale"
    link: str = LINKS[0]
    "what stands between the two ends: tc's bucket, the tunnel or the proxy"
    delay_ms: float = 0.0
    "each way; the tunnel's or the proxy's"
    jitter_ms: float = 0.0
    "the tunnel's or the proxy's"
    weights: Path | None = None
    "folder of the networks that LPIPS looks through; None leaves it out"
    json: Path | None = None
    "file for the rows"
    plot: Path | None = None
    "PNG file for the curves"

    def __post_init__(self) -> None:
        """Refuse what cannot be run, before anything is."""
        check_names("system", self.systems, tuple(SYSTEMS))
        if not self.rates_kbps:
            raise ConfigError("no rate is named; write kbit/s, for example 32,64")
        for rate_kbps in self.rates_kbps:
            check_above_zero("a rate", rate_kbps)
        for name in ("fps", "seconds"):
            check_above_zero(name, getattr(self, name))
        for name in ("settle_s", "delay_ms", "jitter_ms"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ConfigError(f"{name} is {getattr(self, name):g}; it has to be 0 or more")
        check_names("link", (self.link,), LINKS)
        if (self.delay_ms or self.jitter_ms) and self.link == "bucket":
            raise ConfigError("tc's bucket knows no delay and no jitter; add --tunnel or --proxy")
        if not 1 <= self.jpeg_quality <= 95:
            raise ConfigError(f"JPEG quality is {self.jpeg_quality}; it may be from 1 to 95")
        check_folders(self.json, self.plot)
