"""What the sender says about its receivers."""

from __future__ import annotations

from protocol import (
    PeerIncompatible,
    ReceiverJoined,
    ReceiverLeft,
    ReceiverRejected,
    ReceiverStalled,
    SenderEvent,
)


def event_text(event: SenderEvent) -> str | None:
    """One line for people; None for what happens with every frame."""
    if isinstance(event, ReceiverJoined):
        name = f" ({event.name})" if event.name else ""
        return f"receiver {event.session}{name} joined"
    if isinstance(event, ReceiverLeft):
        return f"receiver {event.session} left: {event.reason}"
    if isinstance(event, ReceiverStalled):
        return f"receiver {event.session} has taken no frame for {event.stalled_us / 1e6:.0f} s"
    if isinstance(event, ReceiverRejected):
        return f"a receiver was turned away: {event.text}"
    if isinstance(event, PeerIncompatible):
        return event.text
    return None
