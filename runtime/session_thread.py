"""The network thread of a program: it owns a session and its socket, and other threads talk to it."""

from __future__ import annotations

import threading
from abc import abstractmethod
from dataclasses import dataclass
from typing import Generic, TypeVar

from narrowcast.protocol import Link, LinkNotice, LinkTransport, ReceiverSession, SenderSession
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.descriptors import connection_room
from narrowcast.worker import Worker

_BYE_LINGER_MS = 200
"How long the socket stays open at the end, so that the BYE arrives."


@dataclass(frozen=True, kw_only=True)
class NetworkGauges:
    """What either side's network thread reads off after each step."""

    wire_bytes_in: int = 0
    "since the start"
    wire_bytes_out: int = 0
    "since the start"
    malformed: int = 0
    "messages that were dropped because they were none"


AnySession = TypeVar("AnySession", bound=SenderSession | ReceiverSession)
Event = TypeVar("Event")
Gauges = TypeVar("Gauges", bound=NetworkGauges)


class SessionThread(Generic[AnySession, Event, Gauges]):
    """Steps the link of a session; what other threads see or leave for it is guarded by `_change`."""

    def __init__(
        self,
        session: AnySession,
        transport: LinkTransport,
        gauges: Gauges,
        *,
        max_connections: int,
        step_ms: int,
    ) -> None:
        """Prepare; `start` begins.

        Args:
            session: is used by this thread alone from then on, and so is the transport.
            transport: of the session.
            gauges: readings that hold until the first step.
            max_connections: of a socket that listens, as far as there are descriptors for them.
            step_ms: how long a step waits for messages at most; its `wake` ends the wait earlier.
        """
        self._session = session
        self._transport = transport
        self._link = Link(session, transport, now_us, connection_room(max_connections))
        self._change = threading.Condition()
        self._events: list[Event] = []
        self._notices: list[LinkNotice] = []
        self._gauges = gauges
        self._bye: str | None = None
        self._step_ms = step_ms
        "how long the next step waits at most; the thread itself may change it"
        self._worker = Worker("network", self._run)

    def start(self) -> None:
        """Begin to talk to the other side."""
        self._worker.start()

    def check(self) -> None:
        """Raise what the thread raised."""
        self._worker.check()

    @property
    def gauges(self) -> Gauges:
        """The newest readings of session and socket."""
        with self._change:
            return self._gauges

    def events(self) -> list[Event]:
        """What happened in the session since the last call."""
        with self._change:
            events, self._events = self._events, []
        return events

    def connection_notices(self) -> list[LinkNotice]:
        """What happened to connections since the last call."""
        with self._change:
            notices, self._notices = self._notices, []
        return notices

    def stop(self, bye: str) -> None:
        """Send a BYE with this reason, close the socket and end the thread."""
        with self._change:
            self._bye = bye
            self._change.notify_all()
        self._transport.wake()
        self._worker.close()

    @abstractmethod
    def _exchange(self) -> None:
        """After each step: take what other threads have for the session, and publish how it stands."""

    def _publish(self, events: list[Event], gauges: Gauges, *, wake: bool = True) -> None:
        """Show other threads what is new, and wake those that wait if told to; the caller holds `_change`."""
        self._events += events
        self._notices += self._link.notices()
        self._gauges = gauges
        if wake:
            self._change.notify_all()

    @property
    def _malformed(self) -> int:
        """Messages dropped because they were none, whoever found that."""
        refused = self._transport.malformed_packets + self._link.messages_refused
        return self._session.malformed_messages + refused

    def _run(self) -> None:
        try:
            while self._bye is None:
                self._link.step(self._step_ms)
                self._exchange()
            self._session.close(self._bye)
            self._link.flush()
        finally:
            self._transport.close(_BYE_LINGER_MS)
