"""What a receiver knows about the sender that welcomed it, and when to PING it or ask it for a keyframe."""

from __future__ import annotations

from dataclasses import dataclass, field

from protocol.rate.clock import ClockEstimator
from protocol.session.frame_queue import FrameQueue, QueuedFrame
from protocol.wire.frame_parts import FrameAssembler
from protocol.wire.messages import KeyframeRequest, Ping, StreamParameters, Welcome

PING_INTERVAL_US = 1_000_000
"Between two PINGs once the clock is known."

FIRST_PINGS = 5
"This many come quickly, so that latencies are known within the first second."

FIRST_PING_INTERVAL_US = 200_000
"Between two of those."

QUIET_US = 500_000
"Nothing heard for this long: ask, and again after as long."

REQUEST_INTERVAL_US = 500_000
"At most one KEYFRAME_REQUEST in this time."

REQUEST_REPEAT_US = 2_000_000
"A request that brought no keyframe in this time is repeated; on a thin link a keyframe may take as long."


@dataclass(frozen=True, kw_only=True)
class ReceivedFrame:
    """One frame, ready for the decoder; times are on the sender's clock unless said otherwise."""

    payload: bytes
    "the bitstream"
    sequence: int
    "its number"
    epoch: int
    "the sender's run"
    keyframe: bool
    "decodable without any earlier frame"
    droppable: bool
    "no later frame is predicted from this one"
    quality: float
    "in [0, 1], as it was coded"
    codec: str
    "which decoder"
    width: int
    "pixels"
    height: int
    "pixels"
    capture_us: int
    "when the picture was taken"
    send_us: int
    "when it was handed to the sender's transport"
    encode_us: int
    "how long encoding took"
    receive_us: int
    "when it came, on our clock"
    network_us: int | None
    "from send to receive; None while the sender's clock is unknown"


@dataclass(kw_only=True)
class SenderLink:
    """One session with one sender, from WELCOME to its end."""

    welcome: Welcome
    "what it said"
    clock: ClockEstimator
    "the sender's clock"
    ping_us: int
    "our clock, when the next PING is due"
    assembler: FrameAssembler
    "puts frames together that came in parts"
    queue: FrameQueue = field(default_factory=FrameQueue)
    "frames for the decoder"
    pings: int = 0
    "sent so far"
    pinged_us: int = 0
    "our clock, at the last PING"
    quiet_us: int = 0
    "our clock, when silence will be worth a PING"
    requested_us: int | None = None
    "our clock, at the last KEYFRAME_REQUEST"
    reason: str = ""
    "why a keyframe is wanted; empty where none is"
    repeated: bool = False
    "a request for this reason went out already"

    def due_ping(self, now_us: int, heard_us: int) -> Ping | None:
        """Make a PING if it is time for one: regularly, and when nothing has been heard since `heard_us`."""
        self.quiet_us = max(heard_us, self.pinged_us) + QUIET_US
        if now_us < min(self.ping_us, self.quiet_us):
            return None
        self.pings += 1
        self.pinged_us = now_us
        self.quiet_us = now_us + QUIET_US
        self.ping_us = now_us + (PING_INTERVAL_US if self.pings > FIRST_PINGS else FIRST_PING_INTERVAL_US)
        return Ping(number=self.pings, sent_us=now_us, min_rtt_us=self.clock.recent_min_rtt_us)

    def due_request(self, now_us: int) -> KeyframeRequest | None:
        """Make a KEYFRAME_REQUEST if one is wanted and it is time for it."""
        if not self.reason or now_us < self._request_us():
            return None
        self.requested_us = now_us
        self.repeated = True
        return KeyframeRequest(after_sequence=self.queue.newest_sequence, reason=self.reason)

    def want_keyframe(self, reason: str) -> bool:
        """Ask for a keyframe as soon as the coalescing allows; True where none was wanted before."""
        first = not self.reason
        self.repeated = self.repeated and not first
        self.reason = reason
        return first

    def keyframe_came(self) -> None:
        """The wish is fulfilled."""
        self.reason = ""

    def next_timer_us(self) -> int:
        """When a PING or a KEYFRAME_REQUEST is due."""
        ping_us = min(self.ping_us, self.quiet_us)
        return min(ping_us, self._request_us()) if self.reason else ping_us

    def received(self, queued: QueuedFrame) -> ReceivedFrame:
        """Complete a frame with what WELCOME said and what the clocks say."""
        frame = queued.frame
        stream: StreamParameters = self.welcome.parameters
        sent_us = self.clock.local_us(frame.send_us, queued.receive_us)
        return ReceivedFrame(
            payload=frame.payload,
            sequence=frame.sequence,
            epoch=frame.epoch,
            keyframe=frame.keyframe,
            droppable=frame.droppable,
            quality=frame.quality_permille / 1000,
            codec=frame.codec or stream.codec,
            width=frame.width or stream.width,
            height=frame.height or stream.height,
            capture_us=frame.capture_us,
            send_us=frame.send_us,
            encode_us=frame.encode_us,
            receive_us=queued.receive_us,
            network_us=None if sent_us is None else max(0, queued.receive_us - sent_us),
        )

    def _request_us(self) -> int:
        """When the next KEYFRAME_REQUEST may go out."""
        if self.requested_us is None:
            return 0
        return self.requested_us + (REQUEST_REPEAT_US if self.repeated else REQUEST_INTERVAL_US)
