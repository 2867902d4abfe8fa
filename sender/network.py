"""The sender's network thread: it owns session and socket, and says when a frame is wanted."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from narrowcast.worker import Worker
from protocol import MAX_CONNECTIONS, Link, LinkNotice, OutgoingFrame, SenderEvent, SenderSession, Transport
from runtime.clock import now_us

_STEP_MS = 10
"How long the thread waits for messages; a wish for a frame that arises by time alone is seen this late."
_BYE_LINGER_MS = 200
"What a BYE may take to arrive."


@dataclass(frozen=True, kw_only=True)
class EncodeOrder:
    """A frame coded now would be of use."""

    keyframe: bool
    "somebody needs one that stands alone"
    payload_bytes: float | None
    "what its payload may take; None where nothing limits it"
    frame_interval_us: int
    "from frame to frame, as the receivers want it"
    usual_bytes: float | None = None
    "what payloads may take in the long run; None where nothing limits it"


@dataclass(frozen=True, kw_only=True)
class NetworkGauges:
    """What the network thread looks like from outside."""

    wire_bytes_in: int = 0
    "since the start"
    wire_bytes_out: int = 0
    "since the start"
    receivers: int = 0
    "welcomed now"
    in_flight: int = 0
    "frames that a receiver has not acknowledged"
    rtt_us: int | None = None
    "shortest round trip; None while unknown"
    malformed: int = 0
    "messages that were dropped because they were none"


class SenderNetwork:
    """Runs a session on a transport. Frames are coded one at a time: order, encode, send, and again."""

    def __init__(self, session: SenderSession, transport: Transport) -> None:
        self._session = session
        self._transport = transport
        room = max(MAX_CONNECTIONS, 2 * session.config.max_receivers)
        self._link = Link(session, transport, now_us, max_connections=room)
        self._change = threading.Condition()
        self._order: EncodeOrder | None = None
        self._encoding = False
        self._coded: OutgoingFrame | None = None
        self._sequence = 0
        self._stills: list[tuple[int, bytes | None, str]] = []
        self._events: deque[SenderEvent] = deque()
        self._notices: deque[LinkNotice] = deque()
        self._gauges = NetworkGauges()
        self._bye: str | None = None
        self._worker = Worker("network", self._run)

    def start(self) -> None:
        """Begin to answer receivers."""
        self._worker.start()

    def check(self) -> None:
        """Raise what the thread raised."""
        self._worker.check()

    @property
    def gauges(self) -> NetworkGauges:
        """The newest ones."""
        with self._change:
            return self._gauges

    def events(self) -> list[SenderEvent]:
        """What happened since the last call."""
        with self._change:
            events = list(self._events)
            self._events.clear()
        return events

    def connection_notices(self) -> list[LinkNotice]:
        """What happened to connections since the last call."""
        with self._change:
            notices = list(self._notices)
            self._notices.clear()
        return notices

    def wait_for_order(self, timeout_s: float) -> bool:
        """Wait until a frame is wanted."""
        with self._change:
            return self._change.wait_for(lambda: self._order is not None, timeout_s)

    def take_order(self) -> EncodeOrder | None:
        """Take the order, if there is one; the next comes after `send` or `give_back_order`."""
        with self._change:
            order, self._order = self._order, None
            self._encoding = self._encoding or order is not None
        return order

    def give_back_order(self) -> None:
        """The picture at hand was not to be coded after all."""
        with self._change:
            self._encoding = False

    def send(self, frame: OutgoingFrame) -> int:
        """Send the frame that was ordered; returns its sequence: the session counts from 0, as they come."""
        with self._change:
            self._coded = frame
            self._sequence += 1
        self._transport.wake()
        return self._sequence - 1

    def provide_still(self, sequence: int, png: bytes | None, reason: str) -> None:
        """Answer StillWanted: the exact picture behind a frame, or why there is none."""
        with self._change:
            self._stills.append((sequence, png, reason))
        self._transport.wake()

    def drain(self, timeout_s: float) -> None:
        """Wait until every frame sent has been acknowledged."""
        with self._change:
            self._change.wait_for(lambda: not self._encoding and not self._gauges.in_flight, timeout_s)

    def stop(self, bye: str) -> None:
        """Say goodbye, close the socket and end the thread."""
        self._bye = bye
        self._transport.wake()
        self._worker.close()

    def _run(self) -> None:
        try:
            while self._bye is None:
                self._link.step(_STEP_MS)
                sent = self._send_coded()
                self._give_stills()
                self._publish(sent)
            self._session.close(self._bye)
            self._link.flush()
        finally:
            self._transport.close(_BYE_LINGER_MS)

    def _send_coded(self) -> bool:
        with self._change:
            frame, self._coded = self._coded, None
        if frame is None:
            return False
        self._session.send_frame(frame, now_us())
        self._link.flush()
        return True

    def _give_stills(self) -> None:
        with self._change:
            stills, self._stills = self._stills, []
        for sequence, png, reason in stills:
            self._session.provide_still(sequence, png, reason)

    def _publish(self, sent: bool) -> None:
        now = now_us()
        session = self._session
        order = None
        if session.can_send(now):
            order = EncodeOrder(
                keyframe=session.wants_keyframe(now),
                payload_bytes=session.payload_allowance(now),
                frame_interval_us=session.frame_interval_us(now),
                usual_bytes=session.usual_payload(now),
            )
        gauges = NetworkGauges(
            wire_bytes_in=self._transport.wire_bytes_in,
            wire_bytes_out=self._transport.wire_bytes_out,
            receivers=len(session.receivers),
            in_flight=sum(len(receiver.flights) for receiver in session.receivers),
            rtt_us=session.min_rtt_us,
            malformed=session.malformed_messages
            + self._transport.malformed_packets
            + self._link.messages_refused,
        )
        with self._change:
            self._events.extend(session.events())
            self._notices.extend(self._link.notices())
            self._gauges = gauges
            self._encoding = self._encoding and not sent
            self._order = None if self._encoding else order
            self._change.notify_all()
