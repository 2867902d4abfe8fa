"""The alerts of one camera: offline, frozen, and what its pictures show. Sans-I/O: times are passed in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from narrowcast.receiver.events.event import Event, EventKind, EventState
from narrowcast.receiver.events.link_watch import LinkWatch

FROZEN_US = 10_000_000
"A camera whose relay is there and that gives no new picture for so long is frozen."
SILENT_US = 15_000_000
"Nothing at all for so long, and it is offline: its relay asks for a keyframe every ten seconds."
MOVED_US = 60_000_000
"A camera that was moved says so for as long."
OFFLINE = "offline"


@dataclass(frozen=True, kw_only=True)
class _Current:
    since_us: int
    detail: str


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An alert that stands."""

    kind: str
    "offline, or the event's own name"
    since_us: int
    "our monotonic clock"
    detail: str


class CameraWatch:
    """What is wrong with a camera. Every call returns the events that became known."""

    def __init__(self) -> None:
        self._link = LinkWatch(FROZEN_US)
        self._current: dict[str, _Current] = {}
        self._last_us: int | None = None
        self._epoch: int | None = None

    def picture(self, epoch: int, capture_sender_us: int, fps: float, at_us: int) -> list[Event]:
        """A frame came that was taken then, on its sender's clock, in a run of its encoder."""
        events: list[Event] = []
        if not self._link.linked or epoch != self._epoch:
            was_offline = OFFLINE in self._current
            begun = self._noted(self._link.link_up(fps, at_us))
            events = begun if was_offline else []  # a worker that takes a camera over is no news of it
            self._epoch = epoch
        self._last_us = at_us
        return [*events, *self._noted(self._link.picture(capture_sender_us, at_us))]

    def away(self, reason: str, at_us: int) -> list[Event]:
        """The relay says that it gets nothing, or nobody says anything; `reason` for people."""
        if OFFLINE in self._current:
            return []
        if not self._link.linked:  # it was so when this worker came
            self._begin(OFFLINE, at_us, reason)
            return [Event(kind=EventKind.LINK, state=EventState.END, at_us=at_us, detail=reason)]
        return self._noted(self._link.link_down(reason, at_us))

    def scene(self, events: Iterable[Event]) -> list[Event]:
        """What its pictures showed."""
        return self._noted(list(events))

    def check(self, at_us: int) -> list[Event]:
        """Look at the time."""
        moved = self._current.get(EventKind.MOVED.value)
        if moved is not None and at_us - moved.since_us > MOVED_US:
            del self._current[EventKind.MOVED.value]
        if self._last_us is not None and at_us - self._last_us > SILENT_US:
            return self.away("nothing comes from it or from its relay", at_us)
        return self._noted(self._link.check(at_us))

    @property
    def standing(self) -> list[Standing]:
        """What is wrong now, the oldest first."""
        found = [
            Standing(kind=kind, since_us=each.since_us, detail=each.detail)
            for kind, each in self._current.items()
        ]
        return sorted(found, key=lambda each: each.since_us)

    def _noted(self, events: list[Event]) -> list[Event]:
        for event in events:
            kind, began = event.kind.value, event.state is not EventState.END
            if event.kind is EventKind.LINK:
                kind, began = OFFLINE, not began
            if began:
                self._begin(kind, event.at_us, event.detail)
            else:
                self._current.pop(kind, None)
        return events

    def _begin(self, kind: str, at_us: int, detail: str) -> None:
        """Offline and frozen it is since its last picture."""
        absent = kind in (OFFLINE, EventKind.FROZEN.value)
        since_us = self._last_us if absent and self._last_us is not None else at_us
        self._current[kind] = _Current(since_us=since_us, detail=detail)
