"""The settings of the archive, checked before anything is opened."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from narrowcast.errors import ConfigError
from narrowcast.runtime.common_settings import FabricSettings, Statistics, parse_duration
from narrowcast.runtime.fabric_address import check_camera
from narrowcast.runtime.settings import Setting

LEAST_S, MOST_S = 10.0, 24 * 3600.0


@dataclass(frozen=True, kw_only=True)
class ArchiveConfig(FabricSettings):
    """Every setting of `narrowcast fabric archive`."""

    target: Annotated[str, Setting(positional=True, metavar="FOLDER|URL")]
    "where segments are put: a folder, or s3://BUCKET/PATH and whatever else fsspec knows"
    camera: Annotated[tuple[str, ...], Setting(metavar="LIST", parse=str.strip)] = ()
    "of these cameras alone, as in front,yard; by default of all"
    every: Annotated[float, Setting(metavar="TIME", parse=partial(parse_duration, setting="every"))] = 600.0
    "length of a segment, as in 10min; they begin at multiples of it, UTC"
    once: bool = False
    "seal what is due, and end"
    stats: Statistics = "off"
    "how lines are written: json for programs"

    def __post_init__(self) -> None:
        """Check every range and every name."""
        super().__post_init__()
        for name in self.camera:
            check_camera(name, "camera")
        if not LEAST_S <= self.every <= MOST_S:
            raise ConfigError(
                "has to be from 10s to 24h: a keyframe comes every ten seconds", setting="every"
            )
