"""What the receiver says about its sender."""

from __future__ import annotations

from protocol import (
    FramesMissed,
    KeyframeRequested,
    LinkDown,
    LinkUp,
    NoAnswer,
    PeerIncompatible,
    ReceiverEvent,
    Rejected,
    StillArrived,
    StillFailed,
)
from runtime.reporting import Level, Notice


def notice_of(event: ReceiverEvent, url: str) -> Notice | None:
    """The notice of an event; None for what statistics and snapshots tell."""
    if isinstance(event, LinkUp):
        stream = event.stream
        name = f"{stream.name}, " if stream.name else ""
        size = f"{stream.width}x{stream.height}"
        return Notice(f"receiving {name}{size} at {stream.fps:g} fps, coded with {stream.codec}")
    if isinstance(event, LinkDown):
        return Notice(f"{event.reason}; waiting for a sender at {url}")
    if isinstance(event, Rejected):
        return Notice(f"the sender turned us away: {event.text}", level=Level.WARNING)
    if isinstance(event, NoAnswer):
        text = f"waiting for a sender at {url} (nothing answers yet); still trying"
        return Notice(text, level=Level.WARNING)
    if isinstance(event, PeerIncompatible):
        return Notice(event.text, level=Level.WARNING)
    if isinstance(event, KeyframeRequested):
        return Notice(f"waiting for a keyframe: {event.reason}")
    assert isinstance(event, (FramesMissed, StillArrived, StillFailed))
    return None
