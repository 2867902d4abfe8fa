"""The notices of a sender: where it can be reached, and what happens with its receivers."""

from __future__ import annotations

from narrowcast.protocol import (
    PeerIncompatible,
    ReceiverJoined,
    ReceiverLeft,
    ReceiverRejected,
    ReceiverStalled,
    Security,
    SenderEvent,
)
from narrowcast.runtime.addresses import any_interface_url, is_loopback
from narrowcast.runtime.reporting import Level, Notice
from narrowcast.runtime.security import INSECURE_WARNING, command_line
from narrowcast.sender.config import SenderConfig

WAITING = Notice("waiting for a receiver")

NO_DESCRIPTORS_NOTICE = Notice(
    "a picture was left out: this program may open no more files (see ulimit -n); too many connections?",
    level=Level.WARNING,
)


def address_notices(
    config: SenderConfig, url: str, invitation: str, security: Security | None
) -> list[Notice]:
    """How to receive the stream: the command to run on the other machine.

    Args:
        config: of the sender.
        url: of its socket.
        invitation: what a receiver gives to connect; empty where the sender connects.
        security: keys of the socket; None where it has none.
    """
    insecure = config.insecure and not is_loopback(config.url)
    if config.bind:
        command = command_line("receive", invitation, insecure=insecure)
        text = f"listening on {url}; to receive, run: {command}"
    else:
        command = command_line("receive --listen", any_interface_url(url), secure=config.secure)
        text = f"connecting to {url}; to receive, run there: {command}"
    notices = [Notice(text, level=Level.WARNING, url=invitation)]
    if config.bind and security is not None and not security.allowed():
        text = "no receiver is allowed yet: it shows the line to run here"
        notices.append(Notice(text, level=Level.WARNING))
    if insecure:
        notices.append(INSECURE_WARNING)
    return notices


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
