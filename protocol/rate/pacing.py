"""When bytes leave: the user's cap over any two seconds, and the queue of frames that wait for it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from narrowcast.protocol.rate.congestion_window import FrameInFlight
from narrowcast.protocol.wire.frame_layout import message_bytes
from narrowcast.protocol.wire.messages import FrameMessage, FramePair, FramePart
from narrowcast.protocol.wire.sizes import message_wire_bytes

WINDOW_US = 2_100_000
"Two seconds, and a little for what the kernel delays: bytes leave later than they are handed over."

CAP_INTERVAL_US = 2_000_000
"The cap holds over any interval of this length: so much of it fits into one window."

STEADY_SHARE = 0.97
"Of what a window has left for frames, as their mean rate: sizes vary, and a full window holds frames up."

RESERVE_BYTES = 480
"Frames leave this much of a window free, for what does not wait: PONGs, and TCP's answers to PINGs and ACKs."

MIN_FRAME_SHARE = 0.2
"Of the cap, for frames, however much all else takes."


@dataclass(frozen=True)
class _Sent:
    at_us: int
    wire_bytes: int
    frame: bool


class WireCap:
    """Remembers what went out in the last two seconds, and says when more may."""

    def __init__(self, max_kbps: float) -> None:
        """Start with nothing sent; 0 kbit/s is no cap."""
        self.limit_bytes = max_kbps * CAP_INTERVAL_US / 8000 if max_kbps else float("inf")
        "what one window holds"
        self._sent: deque[_Sent] = deque()
        self._sent_bytes = 0
        self._other_bytes = 0

    def count(self, wire_bytes: int, now_us: int, *, frame: bool) -> None:
        """Count what goes out now; `frame` also for a slice of a still: they share one rate."""
        if self.limit_bytes == float("inf"):
            return
        self._sent.append(_Sent(now_us, wire_bytes, frame))
        self._sent_bytes += wire_bytes
        self._other_bytes += 0 if frame else wire_bytes
        self._expire(now_us)

    def frame_bps(self, now_us: int) -> float | None:
        """The rate that is left for frames beside all else that goes out; None where there is no cap."""
        if self.limit_bytes == float("inf"):
            return None
        self._expire(now_us)
        frame_bytes = max(MIN_FRAME_SHARE * self.limit_bytes, self.limit_bytes - self._other_bytes)
        return STEADY_SHARE * 8e6 * frame_bytes / WINDOW_US

    def free_bytes(self, now_us: int) -> float:
        """How many bytes may go out now."""
        self._expire(now_us)
        return max(0.0, self.limit_bytes - self._sent_bytes)

    def ready_us(self, wire_bytes: float, now_us: int) -> int:
        """When a frame of so many bytes may go out: now, or later; if it never fits, with an empty window."""
        self._expire(now_us)
        excess = self._sent_bytes + wire_bytes + RESERVE_BYTES - self.limit_bytes
        ready_us = now_us
        for sent in self._sent:
            if excess <= 0:
                break
            excess -= sent.wire_bytes
            ready_us = sent.at_us + WINDOW_US
        return ready_us

    def _expire(self, now_us: int) -> None:
        while self._sent and self._sent[0].at_us <= now_us - WINDOW_US:
            old = self._sent.popleft()
            self._sent_bytes -= old.wire_bytes
            self._other_bytes -= 0 if old.frame else old.wire_bytes


class FramePacer:
    """Holds the messages of coded frames back until the cap has room: first in, first out.

    A frame may also be held until the next one for its receiver comes, and then shares a message with it.
    """

    def __init__(self, cap: WireCap, *, keys: bool) -> None:
        """Pace under `cap`, with or without keys."""
        self._cap = cap
        self._keys = keys
        self._queue: deque[FrameInFlight] = deque()

    @property
    def idle(self) -> bool:
        """Whether nothing waits for the cap; a frame may be held for the next one all the same."""
        return all(frame.held_until_local_us is not None for frame in self._queue)

    def put(self, frame: FrameInFlight) -> None:
        """Queue the unsent messages of one frame for its receiver; one that is held for it goes along."""
        of_peer = (other for other in self._queue if other.peer == frame.peer)
        held = next((other for other in of_peer if other.held_until_local_us is not None), None)
        if held is not None:
            held.held_until_local_us = None
            if frame.held_until_local_us is not None:
                self._queue.remove(held)
                self._pair(held, frame)
        self._queue.append(frame)

    def due(self, now_us: int) -> list[tuple[bytes, FrameMessage | FramePair | FramePart]]:
        """Hand over what may go out now, as peer and message, and count it against the cap."""
        due = []
        while (frame := self._next(now_us)) is not None:
            wire_bytes = self._wire_bytes(frame.unsent[0])
            if self._cap.ready_us(wire_bytes, now_us) > now_us:
                break
            frame.held_until_local_us = None
            message = frame.unsent.popleft()
            self._cap.count(wire_bytes, now_us, frame=True)
            if frame.first_sent_local_us is None:
                frame.first_sent_local_us = now_us
            if not frame.unsent:
                frame.last_sent_local_us = now_us
                self._queue.remove(frame)
            due.append((frame.peer, message))
        return due

    def ready_us(self, now_us: int) -> int | None:
        """When the next message may go out; None where none waits."""
        frame = self._next(now_us)
        if frame is not None:
            return self._cap.ready_us(self._wire_bytes(frame.unsent[0]), now_us)
        held_until = (frame.held_until_local_us for frame in self._queue)
        return min((until_us for until_us in held_until if until_us is not None), default=None)

    def _next(self, now_us: int) -> FrameInFlight | None:
        """The oldest frame that is not held any more; None where there is none."""
        for frame in self._queue:
            if frame.held_until_local_us is None or frame.held_until_local_us <= now_us:
                return frame
        return None

    def _pair(self, held: FrameInFlight, frame: FrameInFlight) -> None:
        """Give two frames that could be held one message, which is counted with the second of them."""
        first, second = held.unsent[0], frame.unsent[0]
        assert isinstance(first, FrameMessage) and isinstance(second, FrameMessage), (
            "only whole ones are held"
        )
        pair = FramePair(first=first, second=second)
        frame.unsent, frame.held_until_local_us = deque([pair]), None
        held.wire_bytes, frame.wire_bytes = 0, self._wire_bytes(pair)

    def drop(self, peer: bytes) -> None:
        """Throw away what waits for one receiver."""
        self._queue = deque(frame for frame in self._queue if frame.peer != peer)

    def _wire_bytes(self, message: FrameMessage | FramePair | FramePart) -> int:
        return message_wire_bytes(message_bytes(message), keys=self._keys)
