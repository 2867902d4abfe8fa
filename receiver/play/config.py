"""The settings of the player, checked before the recording is opened."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from narrowcast.codec.names import Restore
from narrowcast.errors import ConfigError, Remedy
from narrowcast.receiver.play.moment import Moment, parse_moment
from narrowcast.runtime.common_settings import DecoderSettings, FabricSettings
from narrowcast.runtime.settings import Setting


def parse_timelapse(text: str) -> float:
    """Read "60x", or "60"."""
    try:
        return float(text.strip().removesuffix("x"))
    except ValueError as error:
        raise ConfigError(f"is {text!r}; write it as 60x", setting="timelapse") from error


def _parse_begin(text: str) -> Moment:
    return parse_moment(text, "begin")


def _parse_end(text: str) -> Moment:
    return parse_moment(text, "end")


START = Moment(seconds=0.0)


@dataclass(frozen=True, kw_only=True)
class Span:
    """A stretch of a recording, in microseconds from its first frame on."""

    from_us: int
    to_us: float
    "infinite for the end of the recording"


@dataclass(frozen=True, kw_only=True)
class ReplayConfig(DecoderSettings):
    """How to decode."""

    weights: Annotated[Path | None, Setting(metavar="DIR")] = None
    "paint with the generator in this folder instead of the one that comes with the package"
    restore: Annotated[Restore, Setting(metavar="WHEN")] = "always"
    "when hybrid's generator paints; auto: where it keeps up"


@dataclass(frozen=True, kw_only=True)
class PlayConfig(ReplayConfig, FabricSettings):
    """Every setting of `narrowcast play`."""

    file: Annotated[Path, Setting(positional=True)]
    "recording of payloads (.ncast), or fabric:CAMERA"
    info: bool = False
    "check every record, say what is in it, and stop"
    export: Annotated[Path | None, Setting(metavar="OUT")] = None
    "write a video (.mp4, .mkv, .mov), the payloads as they are (.ncast), or PNG files to a folder"
    overwrite: bool = False
    "replace the video, or pictures in the folder, where they exist already"
    timelapse: Annotated[float, Setting(metavar="Nx", parse=parse_timelapse, minimum=1, maximum=100_000)] = (
        1.0
    )
    "export so many times as fast, as in 60x: one picture out of many, 30 a second"
    begin: Annotated[Moment, Setting(flag="from", metavar="TIME", parse=_parse_begin)] = START
    "begin so many seconds in, or at a time of day (14:05, 14:05:10, 2026-11-29 14:05); default 0"
    end: Annotated[Moment | None, Setting(flag="to", metavar="TIME", parse=_parse_end)] = None
    "end so many seconds in, or at such a time; by default at the end of the recording"
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
        if self.timelapse > 1 and self.export is not None and self.export.suffix.lower() == ".ncast":
            raise ConfigError("needs pictures, and payloads are copied as they are", setting="timelapse")
        first, last = self.begin.seconds, None if self.end is None else self.end.seconds
        if first is not None and last is not None and last <= first:
            raise ConfigError(
                f"is {self.end}; it has to be later than where to begin, {self.begin}", setting="end"
            )

    def span(self, begun: datetime | None, now: datetime | None = None) -> Span:
        """Where to begin and to end, in a recording whose first frame was taken at `begun`.

        ConfigError where the end is not behind the beginning.
        """
        now = now or datetime.now().astimezone()
        from_us = self.begin.time_us(begun, now)
        to_us = math.inf if self.end is None else self.end.time_us(begun, now)
        if to_us <= from_us:
            raise ConfigError(f"is {self.end}; it has to be later than where to begin", setting="end")
        if to_us < 0:
            raise ConfigError(f"is {self.end}; the recording begins later, at {begun}", setting="end")
        return Span(from_us=max(0, from_us), to_us=to_us)
