"""A condition that has to hold for a while before it counts, and to be over for a while before it ends."""

from __future__ import annotations

from narrowcast.receiver.events.event import Event, EventKind, EventState


class Condition:
    """Turns what is seen in single pictures into one event at its beginning and one at its end."""

    def __init__(self, kind: EventKind, *, begin_us: int, end_us: int) -> None:
        """Not so at first.

        Args:
            kind: of its events.
            begin_us: it has to be seen for so long, without a break, to begin.
            end_us: it has to be unseen for so long, without a break, to end.
        """
        self.active = False
        "whether it has begun and not ended"
        self._kind = kind
        self._begin_us, self._end_us = begin_us, end_us
        self._other_since_us: int | None = None
        self._since_us = 0

    def update(self, seen: bool, at_us: int, detail: str = "") -> list[Event]:
        """Take what is seen at a time, which never goes back; returns an event or none."""
        if seen == self.active:
            self._other_since_us = None
            return []
        if self._other_since_us is None:
            self._other_since_us = at_us
        needed_us = self._end_us if self.active else self._begin_us
        if at_us - self._other_since_us < needed_us:
            return []
        since_us, self._other_since_us = self._other_since_us, None
        if self.active:
            return self.end(at_us, detail)
        self.active, self._since_us = True, since_us
        return [Event(kind=self._kind, state=EventState.BEGIN, at_us=at_us, detail=detail)]

    def end(self, at_us: int, detail: str = "") -> list[Event]:
        """End it at once, if it has begun: it cannot be seen any more whether it is so."""
        self._other_since_us = None
        if not self.active:
            return []
        self.active = False
        seconds = (at_us - self._since_us) / 1e6
        return [Event(kind=self._kind, state=EventState.END, at_us=at_us, seconds=seconds, detail=detail)]
