"""An event: what it is, whether it begins or ends, and how it reads as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class EventKind(Enum):
    """What happened. All but MOVED last for a while, and have a beginning and an end."""

    LINK = "link"
    "there is a link with the sender"
    FROZEN = "frozen"
    "there is a link, and the camera takes no new picture"
    STILL = "still"
    "the picture has not changed at all for as long as was asked for"
    BLACK = "black"
    "the picture is dark everywhere"
    COVERED = "covered"
    "the picture has lost nearly all of its detail: something is in front of the lens, or it is out of focus"
    MOVED = "moved"
    "the camera looks somewhere else than it did"
    MOTION = "motion"
    "something moves"


class EventState(Enum):
    """Which end of it."""

    BEGIN = "begin"
    "it is so from now on"
    END = "end"
    "it is so no longer"
    ONCE = "once"
    "it is over as soon as it is known"


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event of one stream."""

    kind: EventKind
    "what"
    state: EventState
    "which end of it"
    at_us: int
    "our monotonic clock, when it became known"
    seconds: float | None = None
    "how long it lasted, where it ends"
    detail: str = ""
    "more about it, for people"


def to_json(event: Event, *, stream: str, at: datetime) -> str:
    """One line of JSON.

    Args:
        event: what happened.
        stream: what the stream is called.
        at: the wall clock's time of the event, with its zone.
    """
    fields: dict[str, object] = {
        "time": at.isoformat(timespec="milliseconds"),
        "stream": stream,
        "event": event.kind.value,
        "state": event.state.value,
    }
    if event.seconds is not None:
        fields["seconds"] = round(event.seconds, 3)
    if event.detail:
        fields["detail"] = event.detail
    return json.dumps(fields, ensure_ascii=False)
