"""How much of a camera a fabric keeps."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_KEEP_S = 24 * 3600.0


@dataclass(frozen=True, kw_only=True)
class StreamLimits:
    """How much of a camera is kept."""

    keep_s: float | None = None
    "seconds; None: a day where the stream is made, as it is where it exists"
    keep_bytes: int | None = None
    "on disk; None: no limit, or as it is"
