"""The settings of `narrowcast bench link`: which systems, over which links, playing what."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from narrowcast.benchmark.link.systems import DEFAULT_SYSTEMS, SYSTEMS
from narrowcast.benchmark.settings import (
    POSITIVE_LIST,
    PictureSettings,
    PlotSettings,
    name_list,
    weights_of_environment,
)
from narrowcast.errors import ConfigError
from narrowcast.runtime.common_settings import POSITIVE
from narrowcast.runtime.settings import Setting


@dataclass(frozen=True, kw_only=True)
class LinkSettings(PictureSettings, PlotSettings):
    """One run: which systems, over which links, playing what."""

    clip: Annotated[Path | None, Setting(positional=True, metavar="CLIP")] = None
    "video; by default the bundled one"
    rates: Annotated[tuple[float, ...], POSITIVE_LIST] = (16.0, 32.0, 64.0, 128.0, 256.0)
    "kbit/s that the links carry, one after the other"
    steps: Annotated[tuple[float, ...] | None, POSITIVE_LIST] = None
    "kbit/s of one link that changes while it is measured, instead of --rates: 128,32,128"
    step_seconds: Annotated[float, POSITIVE] = 10.0
    "how long the link stays at each of --steps"
    systems: Annotated[tuple[str, ...], name_list(tuple(SYSTEMS))] = DEFAULT_SYSTEMS
    "in the order of the tables; narrowcast-told is narrowcast with --max-kbps set to the link's rate"
    seconds: Annotated[float, POSITIVE] = 20.0
    "how long each row is measured"
    settle_s: Annotated[float, Setting(flag="settle", minimum=0)] = 5.0
    "seconds after the first picture, not measured: a sender may need them to find the rate"
    busy: Annotated[int, Setting(minimum=0, maximum=16)] = 0
    "so many processes a core compute all the time beside the programs that are measured"
    keys: bool = False
    "narrowcast with keys on both sides; its peers have none"
    jpeg_quality: Annotated[int, Setting(minimum=1, maximum=95)] = 10
    "of the peers' JPEG, on libjpeg's scale"
    tunnel: Annotated[bool, Setting(exclusive="link")] = False
    "packets that take their time, instead of tc's token bucket"
    proxy: Annotated[bool, Setting(exclusive="link")] = False
    "a proxy instead of namespaces: needs no root"
    delay_ms: Annotated[float, Setting(minimum=0)] = 0.0
    "each way, with --tunnel or --proxy"
    jitter_ms: Annotated[float, Setting(minimum=0)] = 0.0
    "delay on top of --delay-ms, drawn from 0 to this, with --tunnel or --proxy"
    weights: Annotated[Path | None, Setting(metavar="DIR")] = field(default_factory=weights_of_environment)
    "folder of AlexNet and LPIPS weights; by default $NARROWCAST_BENCH_WEIGHTS, and PSNR alone without"

    def __post_init__(self) -> None:
        """Refuse what cannot be run, before anything is."""
        steps = self.steps
        super().__post_init__()
        object.__setattr__(self, "steps", steps)  # a link may come back to a rate that it had
        if steps is not None and len(steps) == 1:
            raise ConfigError("is one rate; name two at least, or use --rates", setting="steps")
        if self.steps and self.plot is not None:
            raise ConfigError("curves are drawn over --rates, and --steps is one link; leave one of them out")
        if self.tunnel and self.proxy:
            raise ConfigError("--tunnel and --proxy are two different links; leave one of them out")
        if (self.delay_ms or self.jitter_ms) and self.link == "bucket":
            raise ConfigError("tc's bucket knows no delay and no jitter; add --tunnel or --proxy")
        if self.busy and self.link != "bucket":
            # Both pass the packets through this process, and what is slow then would be the link.
            raise ConfigError("--busy would slow down the tunnel and the proxy as well; leave them out")

    @property
    def link(self) -> str:
        """What stands between the two ends: tc's bucket, the tunnel or the proxy."""
        return "tunnel" if self.tunnel else "proxy" if self.proxy else "bucket"

    @property
    def links(self) -> tuple[tuple[float, ...], ...]:
        """What the links carry, kbit/s: each one rate, or several one after the other."""
        return (self.steps,) if self.steps else tuple((kbps,) for kbps in self.rates)
