"""An event as sinks get it."""

from __future__ import annotations

import json

from narrowcast.receiver.events.event import EventKind, EventState
from narrowcast.receiver.events.sinks import EventLine


def line(kind: EventKind = EventKind.MOTION, state: EventState = EventState.BEGIN) -> EventLine:
    text = json.dumps({"event": kind.value, "state": state.value})
    return EventLine(kind=kind, state=state, stream="yard", text=text)
