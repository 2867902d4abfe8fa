"""The notices of a receiver: where it can be reached, and what happens with its sender."""

from __future__ import annotations

from narrowcast.protocol import (
    FramesMissed,
    KeyframeRequested,
    LinkDown,
    LinkUp,
    NoAnswer,
    PeerIncompatible,
    ReceiverEvent,
    Rejected,
    Security,
    StillArrived,
    StillFailed,
)
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.runtime.addresses import is_loopback
from narrowcast.runtime.reporting import Level, Notice
from narrowcast.runtime.security import INSECURE_WARNING, command_line, invitation_url


def address_notices(config: ReceiverConfig, url: str, security: Security | None) -> list[Notice]:
    """Where the receiver connects, or the command that makes a sender connect to it.

    Args:
        config: of the receiver.
        url: of its socket.
        security: keys of the socket; None where it has none.
    """
    insecure = config.insecure and not is_loopback(config.url)
    notices = [Notice(f"connecting to {url}")]
    if config.bind:
        invitation = invitation_url(url, security, config.advertise)
        command = command_line("send SOURCE --connect", invitation, insecure=insecure)
        text = f"listening on {url}; to send, run: {command}"
        notices = [Notice(text, level=Level.WARNING, url=invitation)]
        if security is not None and not security.allowed():
            text = "no sender is allowed yet: it shows the line to run here"
            notices.append(Notice(text, level=Level.WARNING))
    if insecure:
        notices.append(INSECURE_WARNING)
    return notices


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
