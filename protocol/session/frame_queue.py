"""The receiver's queue of frames: in order, without holes, and never long."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from protocol.wire.messages import Frame

MAX_QUEUED = 32
"Credit allows what the distance holds, 31 at most; a sender that sends more has lost count, or means harm."

FREE_QUEUED = 4
MAX_QUEUED_BYTES = 4 * 1024 * 1024
"More than a few frames may not fill the memory."


@dataclass(frozen=True, kw_only=True)
class QueuedFrame:
    """A frame that waits for the decoder."""

    frame: Frame
    "as it came"
    receive_us: int
    "our clock, when it came"


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """What became of a frame that came in."""

    queued: bool
    "it waits for the decoder; otherwise it was of no use and its credit goes back at once"
    missed: int = 0
    "frames between it and the one before that never came"
    broken: str = ""
    "why only a keyframe is of use from here; empty where the chain is whole, or was broken before"


class FrameQueue:
    """Lets through what the decoder can use: a keyframe, then every frame that the next ones build on."""

    def __init__(self) -> None:
        self.awaiting_keyframe = True
        "nothing else is of use"
        self.newest_sequence = 0
        "of the frames that came"
        self._started = False
        self._chain_sequence = 0
        self._waiting: deque[QueuedFrame] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, frame: Frame, receive_us: int) -> Arrival:
        """Take a frame that came in."""
        if self._started and frame.sequence <= self.newest_sequence:
            return Arrival(queued=False)
        missed = frame.sequence - self.newest_sequence - 1 if self._started else 0
        self._started = True
        self.newest_sequence = frame.sequence
        broken = self._why_useless(frame)
        if broken or (self.awaiting_keyframe and not frame.keyframe):
            first = broken if not self.awaiting_keyframe else ""
            self.awaiting_keyframe = True
            return Arrival(queued=False, missed=missed, broken=first)
        self.awaiting_keyframe = False
        if not frame.droppable:
            self._chain_sequence = frame.sequence
        self._waiting.append(QueuedFrame(frame=frame, receive_us=receive_us))
        return Arrival(queued=True, missed=missed)

    def take(self) -> QueuedFrame | None:
        """Hand over the oldest frame; None where none waits."""
        return self._waiting.popleft() if self._waiting else None

    def break_chain(self) -> list[QueuedFrame]:
        """The decoder lost its state: throw away what it can no longer use, and return that."""
        useless = []
        while self._waiting and not self._waiting[0].frame.keyframe:
            useless.append(self._waiting.popleft())
        self.awaiting_keyframe = not self._waiting
        return useless

    def _why_useless(self, frame: Frame) -> str:
        waiting = len(self._waiting)
        waiting_bytes = sum(len(queued.frame.payload) for queued in self._waiting)
        if waiting >= MAX_QUEUED or (waiting >= FREE_QUEUED and waiting_bytes > MAX_QUEUED_BYTES):
            return f"more than {waiting} frames came without being asked for"
        if frame.keyframe:
            return ""
        needed = frame.sequence - frame.chain_distance
        if needed != self._chain_sequence:
            return f"frame {frame.sequence} builds on {needed}, the last one here is {self._chain_sequence}"
        return ""
