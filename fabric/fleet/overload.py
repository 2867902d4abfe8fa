"""Whether a worker keeps up: told in one line where it leaves out frames for lack of time. Sans-I/O."""

from __future__ import annotations

from narrowcast.fabric.fleet.camera import FleetCounts

WINDOW = 20
"Seconds that are looked at together: two of the intervals of keyframes."
LEAST_SHARE = 0.75
"Of the frames that came: where fewer are decoded, tiles are late. Some are left out for newer keyframes."


class OverloadWatch:
    """Adds up windows of seconds."""

    def __init__(self) -> None:
        self._seconds = self._frames = self._decoded = 0
        self._overloaded = False

    def second(self, counts: FleetCounts) -> str:
        """Take a second's counts; returns a line where that changes how the worker is, or nothing."""
        self._seconds += 1
        self._frames += counts.frames
        self._decoded += counts.decoded
        if self._seconds < WINDOW:
            return ""
        share = self._decoded / self._frames if self._frames else 1.0
        self._seconds = self._frames = self._decoded = 0
        before, self._overloaded = self._overloaded, share < LEAST_SHARE
        if self._overloaded == before:
            return ""
        if not self._overloaded:
            return "this worker keeps up again"
        return (
            f"this worker decodes {share:.0%} of the frames that come, and its tiles are late: start another "
            "one, on a machine with processors to spare"
        )
