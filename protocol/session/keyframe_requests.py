"""When a receiver asks the sender for a keyframe: at once, but not often."""

from __future__ import annotations

MIN_INTERVAL_US = 500_000
"At most one KEYFRAME_REQUEST in this time."

REPEAT_US = 2_000_000
"A request that brought no keyframe in this time is repeated; on a thin link a keyframe may take as long."


class KeyframeRequests:
    """The request that is pending on one link, if there is one."""

    def __init__(self) -> None:
        self.reason = ""
        "why a keyframe is wanted; empty where none is"
        self._requested_us: int | None = None
        self._repeated = False

    def want(self, reason: str) -> bool:
        """Ask for a keyframe as soon as the intervals allow; True where none was wanted before."""
        first = not self.reason
        self._repeated = self._repeated and not first
        self.reason = reason
        return first

    def keyframe_came(self) -> None:
        """End the request: a keyframe is here."""
        self.reason = ""

    def take_due(self, now_us: int) -> bool:
        """Say whether a request is to be sent now, and count it as sent."""
        due_us = self.due_us
        if due_us is None or now_us < due_us:
            return False
        self._requested_us = now_us
        self._repeated = True
        return True

    @property
    def due_us(self) -> int | None:
        """When the next request may go out; None where no keyframe is wanted."""
        if not self.reason:
            return None
        if self._requested_us is None:
            return 0
        return self._requested_us + (REPEAT_US if self._repeated else MIN_INTERVAL_US)
