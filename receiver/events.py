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


def event_text(event: ReceiverEvent, url: str) -> str | None:
    """One line for people; None for what statistics and snapshots tell."""
    if isinstance(event, LinkUp):
        stream = event.stream
        name = f"{stream.name}, " if stream.name else ""
        return (
            f"receiving {name}{stream.width}x{stream.height} at {stream.fps:g} fps, coded with {stream.codec}"
        )
    if isinstance(event, LinkDown):
        return f"{event.reason}; waiting for a sender at {url}"
    if isinstance(event, Rejected):
        return f"the sender turned us away: {event.text}"
    if isinstance(event, NoAnswer):
        return f"waiting for a sender at {url} (nothing answers yet); still trying"
    if isinstance(event, PeerIncompatible):
        return event.text
    if isinstance(event, KeyframeRequested):
        return f"waiting for a keyframe: {event.reason}"
    assert isinstance(event, (FramesMissed, StillArrived, StillFailed))
    return None
