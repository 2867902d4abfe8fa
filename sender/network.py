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

_IDLE_STEP_MS = 100
"The same while there is no receiver, so that no grant is possible: only a message or a wake-up matters."

_RTT_INTERVAL_US = 100_000
"Between two looks at every receiver's round trip, which is only told once a second."


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
        self._min_rtt_us: int | None = None
        self._rtt_due_us = 0

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
                receivers=session.receiver_count,
                in_flight=session.frames_in_flight,
                min_rtt_us=self._look_at_rtt(),
                malformed=self._malformed,
            )
            self._step_ms = _STEP_MS if gauges.receivers else _IDLE_STEP_MS
            # Those that wait, do so for a grant or for the last ACK: an ACK among many wakes nobody.
            wake = self._handover.offered or not gauges.in_flight
            self._publish(session.events(), gauges, wake=wake)

    def _look_at_rtt(self) -> int | None:
        """The shortest round trip of any receiver, as it was a moment ago."""
        now = now_us()
        if now >= self._rtt_due_us:
            self._rtt_due_us = now + _RTT_INTERVAL_US
            self._min_rtt_us = self._session.min_rtt_us
        return self._min_rtt_us
