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
from runtime.reporting import Level, Notice


def notice_of(event: SenderEvent) -> Notice | None:
    """The notice of an event; None for what happens with every frame."""
    if isinstance(event, ReceiverJoined):
        name = f" ({event.name})" if event.name else ""
        return Notice(f"receiver {event.session}{name} joined")
    if isinstance(event, ReceiverLeft):
        return Notice(f"receiver {event.session} left: {event.reason}")
    if isinstance(event, ReceiverStalled):
        return Notice(f"receiver {event.session} has taken no frame for {event.stalled_us / 1e6:.0f} s")
    if isinstance(event, ReceiverRejected):
        return Notice(f"a receiver was turned away: {event.text}")
    if isinstance(event, PeerIncompatible):
        return Notice(event.text, level=Level.WARNING)
    return None
