"""The settings of the player, checked before the recording is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from narrowcast.codec.names import Restore
from narrowcast.errors import ConfigError, Remedy
from narrowcast.runtime.common_settings import DecoderSettings
from narrowcast.runtime.settings import Setting


def parse_timelapse(text: str) -> float:
    """Read "60x", or "60"."""
    try:
        return float(text.strip().removesuffix("x"))
    except ValueError as error:
        raise ConfigError(f"is {text!r}; write it as 60x", setting="timelapse") from error


@dataclass(frozen=True, kw_only=True)
class ReplayConfig(DecoderSettings):
    """How to decode."""

    weights: Annotated[Path | None, Setting(metavar="DIR")] = None
    "paint with the generator in this folder instead of the one that comes with the package"
    restore: Annotated[Restore, Setting(metavar="WHEN")] = "always"
    "when hybrid's generator paints; auto: where it keeps up"


@dataclass(frozen=True, kw_only=True)
class PlayConfig(ReplayConfig):
    """Every setting of `narrowcast play`."""

    file: Annotated[Path, Setting(positional=True)]
    "recording of payloads (.ncast)"
    info: bool = False
    "check every record, say what is in it, and stop"
    export: Annotated[Path | None, Setting(metavar="OUT")] = None
    "write a video (.mp4, .mkv, .mov), or PNG files to a folder"
    overwrite: bool = False
    "replace the video, or pictures in the folder, where they exist already"
    timelapse: Annotated[float, Setting(metavar="Nx", parse=parse_timelapse, minimum=1, maximum=100_000)] = (
        1.0
    )
    "export so many times as fast, as in 60x: one picture out of many, 30 a second"
    from_s: Annotated[float, Setting(flag="from", metavar="S", minimum=0)] = 0.0
    "begin so many seconds in"
    to_s: Annotated[float | None, Setting(flag="to", metavar="S", above=0)] = None
    "end so many seconds in; by default at the end of the recording"
    speed: Annotated[float, Setting(minimum=0.01, maximum=1000)] = 1.0
    "2 is twice as fast"

    def __post_init__(self) -> None:
        """Check every range."""
        super().__post_init__()
        if self.timelapse > 1 and self.export is None:
            raise ConfigError(
                "says what to export, and there is no file to export to",
                setting="timelapse",
                remedy=Remedy(setting="export", value="OUT.mp4"),
            )
        if self.to_s is not None and self.to_s <= self.from_s:
            raise ConfigError(
                f"is {self.to_s:g}; it has to be later than where to begin, {self.from_s:g}", setting="to_s"
            )

    @property
    def from_us(self) -> int:
        """Where to begin, from the first frame on."""
        return round(1e6 * self.from_s)

    @property
    def to_us(self) -> float:
        """Where to end, from the first frame on; infinite for the end of the recording."""
        return float("inf") if self.to_s is None else 1e6 * self.to_s
