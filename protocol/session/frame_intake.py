"""A receiver's intake of FRAMEs: joins their parts, queues and acknowledges them, asks for keyframes."""

from __future__ import annotations

from collections.abc import Callable

from narrowcast.protocol.session.events import FramesMissed, KeyframeRequested, ReceiverEvent
from narrowcast.protocol.session.frame_queue import ArrivedFrame, FrameQueue, arrived_frame
from narrowcast.protocol.wire.frame_layout import SEQUENCES
from narrowcast.protocol.wire.frame_numbers import FrameNumbers
from narrowcast.protocol.wire.frame_parts import FrameAssembler
from narrowcast.protocol.wire.messages import Ack, FrameMessage, FramePart, KeyframeRequest, Message
from narrowcast.protocol.wire.session_messages import Welcome
from narrowcast.text import printable

REQUEST_INTERVAL_US = 500_000
"At most one KEYFRAME_REQUEST in this time."

REQUEST_REPEAT_US = 2_000_000
"A request that brought no keyframe in this time is repeated; on a thin link a keyframe may take as long."


class KeyframeRequests:
    """The request that is pending on one link, if there is one."""

    def __init__(self) -> None:
        self.reason = ""
        "why a keyframe is wanted; empty where none is"
        self._requested_us: int | None = None
        self._repeated = False

    def want(self, reason: str) -> bool:
        """Ask for a keyframe as soon as the intervals allow; True where none was wanted before."""
        first = not self.reason
        self._repeated = self._repeated and not first
        self.reason = reason
        return first

    def keyframe_came(self) -> None:
        """End the request: a keyframe is here."""
        self.reason = ""

    def take_due(self, now_us: int) -> bool:
        """Say whether a request is to be sent now, and count it as sent."""
        due_us = self.due_us
        if due_us is None or now_us < due_us:
            return False
        self._requested_us = now_us
        self._repeated = True
        return True

    @property
    def due_us(self) -> int | None:
        """When the next request may go out; None where no keyframe is wanted."""
        if not self.reason:
            return None
        if self._requested_us is None:
            return 0
        return self._requested_us + (REQUEST_REPEAT_US if self._repeated else REQUEST_INTERVAL_US)


class FrameIntake:
    """Takes frames from the sender and gives them to the decoder. Lives as long as the session."""

    def __init__(
        self,
        max_payload_bytes: int,
        send: Callable[[Message], None],
        tell: Callable[[ReceiverEvent], None],
    ) -> None:
        """Begin with nothing; `send` takes messages for the sender, `tell` takes events."""
        self.missed = 0
        "frames coded by the sender and never received, or received and of no use"
        self._max_payload_bytes = max_payload_bytes
        self._send = send
        self._tell = tell
        self._queue = FrameQueue()
        self._requests = KeyframeRequests()
        self._assembler = FrameAssembler(max_payload_bytes)
        self._numbers = FrameNumbers()
        self._encode_us, self._quality = 0, 0.5

    @property
    def waiting(self) -> int:
        """Frames that came and were not taken."""
        return len(self._queue)

    @property
    def request_us(self) -> int | None:
        """When a KEYFRAME_REQUEST is due; None where none is."""
        return self._requests.due_us

    def link_began(self) -> None:
        """Forget the frames of the link before: the first one of a link is a keyframe."""
        self._queue = FrameQueue()
        self._requests = KeyframeRequests()
        self._assembler = FrameAssembler(self._max_payload_bytes)
        self._numbers = FrameNumbers()

    def note_coding(self, *, encode_us: int, quality: float) -> None:
        """Note what a PONG said of the newest frame, in [0, 1]: it holds for those that follow."""
        self._encode_us, self._quality = encode_us, quality

    def receive(self, message: FrameMessage | FramePart, welcome: Welcome, now_us: int) -> None:
        """Take a FRAME or a part of one; a frame that is of no use gives its credit back at once."""
        if isinstance(message, FrameMessage):
            whole = self._assembler.begin(self._numbers.restore(message))
        else:
            whole = self._assembler.add(message)
        if whole is None:
            return
        frame = arrived_frame(
            whole, welcome, encode_us=self._encode_us, quality=self._quality, arrival_local_us=now_us
        )
        result = self._queue.put(frame)
        if result.missed:
            self._tell(FramesMissed(count=result.missed))
        self.missed += result.missed
        if not result.queued:
            self.missed += 1
            self._acknowledge(frame, now_us)
        if result.broken:
            self._want_keyframe(result.broken)
        elif frame.keyframe and result.queued:
            self._requests.keyframe_came()

    def take(self, now_us: int) -> ArrivedFrame | None:
        """Hand over the oldest frame and give its credit back; None where none waits."""
        frame = self._queue.take()
        if frame is not None and not frame.first_of_pair:
            self._acknowledge(frame, now_us)
        return frame

    def decode_failed(self, reason: str, now_us: int) -> None:
        """Ask for a keyframe and throw away the frames before it: the decoder has lost its state."""
        for useless in self._queue.break_chain():
            self.missed += 1
            self._acknowledge(useless, now_us)
        if self._queue.awaiting_keyframe:
            self._want_keyframe(reason)

    def request_keyframe(self, reason: str) -> None:
        """Ask for a keyframe although no frame is missing: those that come until then are of use."""
        self._requests.want(reason)

    def run_timers(self, now_us: int) -> None:
        """Send a KEYFRAME_REQUEST if one is due."""
        if self._requests.take_due(now_us):
            request = KeyframeRequest(
                after_sequence=self._queue.newest_sequence, reason=self._requests.reason
            )
            self._send(request)

    def _want_keyframe(self, reason: str) -> None:
        if self._requests.want(printable(reason)):
            self._tell(KeyframeRequested(reason=printable(reason)))

    def _acknowledge(self, frame: ArrivedFrame, now_us: int) -> None:
        self._send(Ack(sequence=frame.sequence % SEQUENCES, hold_us=max(0, now_us - frame.arrival_local_us)))
