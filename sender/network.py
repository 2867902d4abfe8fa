"""The sender's network thread: it owns session and socket, and grants frames to the thread that codes."""

from __future__ import annotations

from dataclasses import dataclass

from narrowcast.protocol import (
    MAX_CONNECTIONS,
    FrameGrant,
    FrameHandover,
    FrameMessage,
    LinkTransport,
    SenderEvent,
    SenderSession,
)
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.session_thread import NetworkGauges, SessionThread

_STEP_MS = 10
"How long the thread waits for messages; a grant that becomes possible by time alone comes this late."


@dataclass(frozen=True, kw_only=True)
class SenderNetworkGauges(NetworkGauges):
    """What the sender's network thread reads off after each step."""

    receivers: int = 0
    "welcomed now"
    in_flight: int = 0
    "frames that a receiver has not acknowledged"
    min_rtt_us: int | None = None
    "shortest round trip; None while unknown"


class SenderNetwork(SessionThread[SenderSession, SenderEvent, SenderNetworkGauges]):
    """Runs a session on a transport. Frames are coded one at a time: begin, encode, send, and again."""

    def __init__(self, session: SenderSession, transport: LinkTransport) -> None:
        room = max(MAX_CONNECTIONS, 2 * session.config.max_receivers)
        super().__init__(session, transport, SenderNetworkGauges(), max_connections=room, step_ms=_STEP_MS)
        self._handover = FrameHandover(session)
        self._stills: list[tuple[int, bytes | None, str]] = []

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

    def _exchange(self) -> None:
        session = self._session
        with self._change:
            stills, self._stills = self._stills, []
            for sequence, png, reason in stills:
                session.provide_still(sequence, png, reason)
            if self._handover.exchange(now_us()):
                self._link.flush()
            gauges = SenderNetworkGauges(
                wire_bytes_in=self._transport.wire_bytes_in,
                wire_bytes_out=self._transport.wire_bytes_out,
                receivers=len(session.receivers),
                in_flight=sum(len(receiver.in_flight) for receiver in session.receivers),
                min_rtt_us=session.min_rtt_us,
                malformed=self._malformed,
            )
            self._publish(session.events(), gauges)
