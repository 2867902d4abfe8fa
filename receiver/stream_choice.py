"""What browsers may choose about the stream, for all who watch this receiver: restoration, rate, frames."""

from __future__ import annotations

from dataclasses import dataclass

from narrowcast.codec.names import Restore


@dataclass(frozen=True, kw_only=True)
class StreamChoice:
    """What is chosen, or what one browser wishes to change of it (None: nothing)."""

    restore: Restore | None = None
    "when a generator paints"
    max_kbps: float | None = None
    "what the sender is asked for at most; 0 for no limit"
    max_fps: float | None = None
    "frames a second that the sender is asked for at most; 0 for no limit"
