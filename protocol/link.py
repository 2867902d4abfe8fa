"""Carries messages between a session and a transport: the one loop that both pipelines run."""

from __future__ import annotations

from collections.abc import Callable

from protocol.outbox import SendOutcome
from protocol.session import Session
from protocol.transport import Transport


class Link:
    """Belongs to one thread; only `Transport.wake` may be called from others."""

    def __init__(self, session: Session, transport: Transport, clock_us: Callable[[], int]) -> None:
        """Tie a session to a transport; `clock_us` reads the monotonic clock in microseconds."""
        self._session = session
        self._transport = transport
        self._clock_us = clock_us

    def step(self, timeout_ms: int) -> None:
        """Send what is due, wait for a message, and take it in.

        A wake-up, the session's next timer or the timeout end the waiting.
        """
        self.flush()
        now_us = self._clock_us()
        timer_ms = max(0, -(-(self._session.next_timer_us(now_us) - now_us) // 1000))
        for packet in self._transport.poll(min(timeout_ms, timer_ms)):
            self._session.receive(packet.peer, packet.data, self._clock_us())
        self.flush()

    def flush(self) -> None:
        """Send what the session has ready."""
        for message in self._session.messages_to_send(self._clock_us()):
            outcome = self._transport.send(message.peer, message.data)
            if outcome is not SendOutcome.SENT:
                self._session.not_sent(message, outcome, self._clock_us())
