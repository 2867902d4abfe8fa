"""The sender's network thread: it owns session and socket, and grants frames to the thread that codes."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from narrowcast.worker import Worker
from protocol import (
    MAX_CONNECTIONS,
    FrameGrant,
    FrameHandover,
    FrameMessage,
    Link,
    LinkNotice,
    SenderEvent,
    SenderSession,
    Transport,
)
from runtime.clock import now_us
from runtime.descriptors import connection_room

_STEP_MS = 10
"How long the thread waits for messages; a grant that becomes possible by time alone comes this late."
_BYE_LINGER_MS = 200
"What a BYE may take to arrive."


@dataclass(frozen=True, kw_only=True)
class SenderNetworkGauges:
    """What the network thread looks like from outside."""

    wire_bytes_in: int = 0
    "since the start"
    wire_bytes_out: int = 0
    "since the start"
    receivers: int = 0
    "welcomed now"
    in_flight: int = 0
    "frames that a receiver has not acknowledged"
    min_rtt_us: int | None = None
    "shortest round trip; None while unknown"
    malformed: int = 0
    "messages that were dropped because they were none"


class SenderNetwork:
    """Runs a session on a transport. Frames are coded one at a time: begin, encode, send, and again."""

    def __init__(self, session: SenderSession, transport: Transport) -> None:
        self._session = session
        self._transport = transport
        room = connection_room(max(MAX_CONNECTIONS, 2 * session.config.max_receivers))
        self._link = Link(session, transport, now_us, max_connections=room)
        self._change = threading.Condition()
        self._handover = FrameHandover(session)
        self._stills: list[tuple[int, bytes | None, str]] = []
        self._events: list[SenderEvent] = []
        self._notices: list[LinkNotice] = []
        self._gauges = SenderNetworkGauges()
        self._bye: str | None = None
        self._worker = Worker("network", self._run)

    def start(self) -> None:
        """Begin to answer receivers."""
        self._worker.start()

    def check(self) -> None:
        """Raise what the thread raised."""
        self._worker.check()

    @property
    def gauges(self) -> SenderNetworkGauges:
        """The newest readings of session and socket."""
        with self._change:
            return self._gauges

    def events(self) -> list[SenderEvent]:
        """What happened since the last call."""
        with self._change:
            events, self._events = self._events, []
        return events

    def connection_notices(self) -> list[LinkNotice]:
        """What happened to connections since the last call."""
        with self._change:
            notices, self._notices = self._notices, []
        return notices

    def wait_for_grant(self, timeout_s: float) -> bool:
        """Wait until a frame may be coded."""
        with self._change:
            return self._change.wait_for(lambda: self._handover.offered, timeout_s)

    def begin_frame(self) -> FrameGrant | None:
        """Take the grant, if there is one; the next comes after `cancel_frame` or `send_frame`."""
        with self._change:
            return self._handover.begin()

    def cancel_frame(self, grant: FrameGrant) -> None:
        """Give a grant back: the picture at hand was not to be coded after all."""
        with self._change:
            self._handover.cancel(grant)

    def send_frame(self, grant: FrameGrant, frame: FrameMessage) -> None:
        """Send the frame that was coded under a grant."""
        with self._change:
            self._handover.send(grant, frame)
        self._transport.wake()

    def provide_still(self, sequence: int, png: bytes | None, reason: str) -> None:
        """Answer StillWanted: the exact picture behind a frame, or why there is none."""
        with self._change:
            self._stills.append((sequence, png, reason))
        self._transport.wake()

    def drain(self, timeout_s: float) -> None:
        """Wait until every frame begun has been sent and acknowledged."""
        with self._change:
            self._change.wait_for(lambda: not self._handover.busy and not self._gauges.in_flight, timeout_s)

    def stop(self, bye: str) -> None:
        """Say goodbye, close the socket and end the thread."""
        self._bye = bye
        self._transport.wake()
        self._worker.close()

    def _run(self) -> None:
        try:
            while self._bye is None:
                self._link.step(_STEP_MS)
                self._exchange()
            self._session.close(self._bye)
            self._link.flush()
        finally:
            self._transport.close(_BYE_LINGER_MS)

    def _exchange(self) -> None:
        """Take what the other threads have for the session, and publish how it stands."""
        session = self._session
        with self._change:
            stills, self._stills = self._stills, []
            for sequence, png, reason in stills:
                session.provide_still(sequence, png, reason)
            if self._handover.exchange(now_us()):
                self._link.flush()
            self._events.extend(session.events())
            self._notices.extend(self._link.notices())
            self._gauges = SenderNetworkGauges(
                wire_bytes_in=self._transport.wire_bytes_in,
                wire_bytes_out=self._transport.wire_bytes_out,
                receivers=len(session.receivers),
                in_flight=sum(len(receiver.in_flight) for receiver in session.receivers),
                min_rtt_us=session.min_rtt_us,
                malformed=session.malformed_messages
                + self._transport.malformed_packets
                + self._link.messages_refused,
            )
            self._change.notify_all()
