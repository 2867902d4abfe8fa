"""The receiver's network thread: it owns the session and the socket, and hands frames to the decoder."""

from __future__ import annotations

from dataclasses import dataclass, replace

from narrowcast.protocol import (
    MAX_CONNECTIONS,
    ArrivedFrame,
    ReceiverEvent,
    ReceiverSession,
    ReceiverSessionConfig,
    Report,
    StillProgress,
    StreamParameters,
    Transport,
)
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.session_thread import NetworkGauges, SessionThread

_STEP_MS = 20
"How long the thread waits for messages at most; wake() ends the wait earlier."


@dataclass(frozen=True, kw_only=True)
class ReceiverNetworkGauges(NetworkGauges):
    """What the receiver's network thread reads off after each step."""

    frames_waiting: int = 0
    "frames that came and that the decoder has not taken"
    clock_error_us: int | None = None
    "how far the sender's clock may be off; None while unknown"
    rtt_us: int | None = None
    "round trip of the last PING and PONG; None while unknown"
    still: StillProgress | None = None
    "how much of the still has come that is being fetched; None where none is"


class ReceiverNetwork(SessionThread[ReceiverSession, ReceiverEvent, ReceiverNetworkGauges]):
    """Runs a session on a transport. One frame at a time is given out, when the decoder asks for it."""

    def __init__(self, session: ReceiverSession, transport: Transport) -> None:
        super().__init__(
            session, transport, ReceiverNetworkGauges(), max_connections=MAX_CONNECTIONS, step_ms=_STEP_MS
        )
        self._wanted = False
        self._decoding = False
        self._arrived: ArrivedFrame | None = None
        self._failures: list[str] = []
        self._stills: list[int] = []
        self._keyframe_reason = ""
        self._limits: ReceiverSessionConfig | None = None
        self._report: Report | None = None
        self._stream: StreamParameters | None = None

    @property
    def stream(self) -> StreamParameters | None:
        """What the sender sends; None while there is no link."""
        with self._change:
            return self._stream

    @property
    def decoder_idle(self) -> bool:
        """Whether the decoder has finished everything that it was given."""
        with self._change:
            return not self._decoding and self._arrived is None

    def next_frame(self, timeout_s: float) -> ArrivedFrame | None:
        """Wait for a frame; taking it off the queue is what lets the sender send the next one."""
        with self._change:
            self._decoding = False
            # Before there is a link no frame is asked for, so that the decoder can be made ready first.
            ask = self._stream is not None and self._arrived is None and not self._wanted
            self._wanted = self._wanted or ask
        if ask:
            self._transport.wake()
        with self._change:
            known = self._stream
            self._change.wait_for(
                lambda: self._arrived is not None or self._bye is not None or self._stream != known, timeout_s
            )
            arrived, self._arrived = self._arrived, None
            self._decoding = arrived is not None
        return arrived

    def decode_failed(self, reason: str) -> None:
        """Ask for a keyframe."""
        with self._change:
            self._failures.append(reason)
        self._transport.wake()

    def request_keyframe(self, reason: str) -> None:
        """Ask for a keyframe although no frame is missing; the ones that wait go on being decoded."""
        with self._change:
            self._keyframe_reason = reason

    def request_still(self, sequence: int) -> None:
        """Fetch the exact picture behind a frame; an event tells the end of it."""
        with self._change:
            self._stills.append(sequence)
        self._transport.wake()

    def ask_for(self, *, max_kbps: float, max_fps: float) -> None:
        """Ask the sender for no more than so many kbit/s and frames a second; 0 for no limit."""
        with self._change:
            self._limits = replace(self._session.config, max_kbps=max_kbps, max_fps=max_fps)
        self._transport.wake()

    def send_report(self, report: Report) -> None:
        """Tell the sender how we are doing."""
        with self._change:
            self._report = report
        self._transport.wake()

    def _exchange(self) -> None:
        self._take_requests()
        self._give_frame()
        session, clock = self._session, self._session.clock
        gauges = ReceiverNetworkGauges(
            wire_bytes_in=self._transport.wire_bytes_in,
            wire_bytes_out=self._transport.wire_bytes_out,
            frames_waiting=session.frames_waiting,
            clock_error_us=clock.error_us(now_us()),
            rtt_us=clock.rtt_us,
            malformed=self._malformed,
            still=session.still_progress,
        )
        with self._change:
            self._stream = session.stream
            self._publish(session.events(), gauges)

    def _take_requests(self) -> None:
        with self._change:
            failures, self._failures = self._failures, []
            report, self._report = self._report, None
            stills, self._stills = self._stills, []
            keyframe_reason, self._keyframe_reason = self._keyframe_reason, ""
            limits, self._limits = self._limits, None
        if limits is not None:
            self._session.ask_again(limits, now_us())
        if keyframe_reason:
            self._session.request_keyframe(keyframe_reason)
        for sequence in stills:
            self._session.request_still(sequence)
        for reason in failures:
            self._session.decode_failed(reason, now_us())
        if report is not None:
            self._session.send_report(report)

    def _give_frame(self) -> None:
        with self._change:
            wanted = self._wanted and not self._failures
        arrived = self._session.take_frame(now_us()) if wanted else None
        if arrived is not None:
            with self._change:
                self._arrived = arrived
                self._wanted = False
                self._change.notify_all()
        self._link.flush()
