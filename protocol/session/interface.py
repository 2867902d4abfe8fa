"""What the two sessions have in common for those that carry their messages."""

from __future__ import annotations

from typing import Protocol

from protocol.session.outbox import OutgoingMessage, SendOutcome


class Session(Protocol):
    """Sans-I/O: never sleeps, never reads a clock, owns no socket. Times are monotonic microseconds."""

    def receive(self, peer: bytes, data: bytes, now_us: int) -> None:
        """Take one message from a peer; what is malformed is counted and dropped."""
        ...

    def knows(self, peer: bytes) -> bool:
        """Say whether a peer has a session here; one that has none is disconnected after a while."""
        ...

    def messages_to_send(self, now_us: int) -> list[OutgoingMessage]:
        """Run the timers and hand over what is to go out now."""
        ...

    def not_sent(self, message: OutgoingMessage, outcome: SendOutcome, now_us: int) -> None:
        """Take back what the transport threw away."""
        ...

    def next_timer_us(self, now_us: int) -> int:
        """The time at which `messages_to_send` has something to do even if nothing comes in."""
        ...

    def take_reconnect(self) -> bool:
        """Say, once, that the connection is dead and the transport should make a new one."""
        ...
