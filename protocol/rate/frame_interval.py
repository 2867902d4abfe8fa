"""How far apart frames are on a thin link: few that are worth looking at, not many that are all header."""

from __future__ import annotations

import math

MIN_WIRE_BYTES = 300
"A frame's share of the rate on the wire is kept from falling below: about 110 of it are headers."

MAX_STRETCH = 4
"Of the interval."

RETURN = 1.3
"The share has to be so much larger than the least before frames come closer again: no flapping."


class FrameInterval:
    """Leaves out whole frames of the source, every second, two of three, ... as the rate asks for it."""

    def __init__(self) -> None:
        self._stretch = 1

    def stretched_us(self, interval_us: int, rate_bps: float | None) -> int:
        """Time from frame to frame at a rate (None: any), a multiple of the stream's own."""
        share_bytes = math.inf if rate_bps is None else interval_us / 1e6 * rate_bps / 8
        needed = _stretch(MIN_WIRE_BYTES, share_bytes)
        if needed > self._stretch:
            self._stretch = needed
        else:
            self._stretch = min(self._stretch, _stretch(RETURN * MIN_WIRE_BYTES, share_bytes))
        return self._stretch * interval_us


def _stretch(wanted_bytes: float, share_bytes: float) -> int:
    return min(MAX_STRETCH, max(1, math.ceil(wanted_bytes / max(1.0, share_bytes))))
