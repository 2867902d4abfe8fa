"""Kinds of message fields: the type and the range of each, declared once and checked in every message."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

MAX_PAYLOAD_BYTES = 32 * 1024 * 1024
"A raw 3840x2160 picture is 24 MiB, and every codec sends much less."

MAX_STREAM_NAME = 32
"Characters: the name has to fit on a tile of the web grid and in front of every log line."

MAX_COUNT = 2**53
"A count is exact in any language's double."

MIN_FPS, MAX_FPS = 0.1, 1000.0
"A frame every ten seconds is hardly a stream; cameras end at some hundreds a second."

MIN_KBPS, MAX_KBPS = 1.0, 1e7
"Below a kbit/s not even headers fit; above 10 Gbit/s nothing is limited."

MAX_MS = 86_400_000.0
"A day."

Count = Annotated[int, Meta(ge=0, le=MAX_COUNT)]
"a count or a sequence number"
Microseconds = Annotated[int, Meta(ge=-MAX_COUNT, le=MAX_COUNT)]
"a time on its sender's monotonic clock"
Duration = Annotated[int, Meta(ge=0, le=600_000_000)]
"microseconds, ten minutes at most"
Id16 = Annotated[int, Meta(ge=0, le=2**16 - 1)]
Id63 = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Permille = Annotated[int, Meta(ge=0, le=1000)]
Name = Annotated[str, Meta(max_length=64)]
StreamName = Annotated[str, Meta(max_length=MAX_STREAM_NAME)]
Line = Annotated[str, Meta(max_length=300)]
FrameRate = Annotated[float, Meta(ge=MIN_FPS, le=MAX_FPS)]
"frames a second"
MeasuredRate = Annotated[float, Meta(ge=0.0, le=MAX_FPS)]
"frames a second that were counted"
FrameRateLimit = Annotated[float, Meta(ge=0.0, le=MAX_FPS)]
"frames a second; 0 for no limit, MIN_FPS at least otherwise (see `check_limit`)"
BitRateLimit = Annotated[float, Meta(ge=0.0, le=MAX_KBPS)]
"kbit/s; 0 for no limit, MIN_KBPS at least otherwise (see `check_limit`)"
Milliseconds = Annotated[float, Meta(ge=0.0, le=MAX_MS)]
"a length of time, a day at most"
Side = Annotated[int, Meta(ge=1, le=16384)]
"width or height in pixels"
PayloadLimit = Annotated[int, Meta(ge=1, le=2**30)]
"bytes"


def check_limit(name: str, value: float, least: float) -> None:
    """Raise ValueError for a limit that is neither 0 (none) nor at least `least`."""
    if 0.0 < value < least:
        raise ValueError(f"{name} needs to be 0 (no limit) or {least:g} at least, got {value:g}")


def clamp(value: float, least: float, greatest: float) -> float:
    """Bring a number of our own into the range that a message has for it; NaN becomes the least."""
    return min(max(least, value), greatest)


def clamp_limit(value: float, least: float, greatest: float) -> float:
    """Bring a limit of our own into its range; 0 stays no limit."""
    return clamp(value, least, greatest) if value > 0 else 0.0
