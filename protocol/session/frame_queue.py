"""The receiver's queue of frames: in order, without holes, and never long."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from narrowcast.protocol.rate.clock import ClockEstimator
from narrowcast.protocol.wire.messages import FrameMessage
from narrowcast.protocol.wire.session_messages import Welcome

MAX_QUEUED = 32
"Credit allows what min_rtt holds, 31 at most; a sender that sends more has lost count, or means harm."

FREE_QUEUED = 4
MAX_QUEUED_BYTES = 4 * 1024 * 1024
"More than a few frames may not fill the memory."


@dataclass(frozen=True, kw_only=True)
class ArrivedFrame:
    """One frame that came from the sender, for the decoder."""

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
    first_of_pair: bool = False
    "the frame behind it came in the same message, and is acknowledged for both"
    chain_distance: int
    "how many sequence numbers back the newest frame lies that is not droppable; says nothing in a keyframe"
    quality: float
    "in [0, 1], as the sender told it last, once a second"
    codec: str
    "which decoder"
    width: int
    "pixels"
    height: int
    "pixels"
    encode_us: int
    "how long encoding took, as the sender told it last, once a second"
    capture_sender_us: int
    "sender's clock, when the picture was taken"
    send_sender_us: int
    "sender's clock, when the frame was handed to the sender's transport"
    arrival_local_us: int
    "our clock, when the frame came"
    capture_local_us: int | None = None
    "our clock, when the picture was taken; None while the sender's clock is unknown"
    clock_error_us: int | None = None
    "how far capture_local_us may be off, either way; None while unknown"
    network_us: int | None = None
    "from send to arrival; None while the sender's clock is unknown"
    wanted: bool = True
    "False: a newer picture is here already, so that the decoder only has to follow"


def arrived_frame(
    message: FrameMessage, welcome: Welcome, *, encode_us: int, quality: float, arrival_local_us: int
) -> ArrivedFrame:
    """Complete a whole FRAME with what WELCOME and the last PONG said; `with_local_times` adds the rest."""
    stream = welcome.parameters
    return ArrivedFrame(
        payload=message.payload,
        sequence=message.sequence,
        epoch=welcome.epoch,
        keyframe=message.keyframe,
        droppable=message.droppable,
        first_of_pair=message.first_of_pair,
        chain_distance=message.chain_distance,
        quality=quality,
        codec=stream.codec,
        width=stream.width,
        height=stream.height,
        encode_us=encode_us,
        capture_sender_us=message.capture_sender_us,
        send_sender_us=message.send_sender_us,
        arrival_local_us=arrival_local_us,
    )


def with_local_times(frame: ArrivedFrame, clock: ClockEstimator, now_us: int) -> ArrivedFrame:
    """Fill in what the estimate of the sender's clock says at this moment."""
    send_local_us = clock.local_us(frame.send_sender_us, frame.arrival_local_us)
    return replace(
        frame,
        capture_local_us=clock.local_us(frame.capture_sender_us, now_us),
        clock_error_us=clock.error_us(now_us),
        network_us=None if send_local_us is None else max(0, frame.arrival_local_us - send_local_us),
    )


@dataclass(frozen=True, kw_only=True)
class QueueResult:
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
        self._waiting: deque[ArrivedFrame] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, frame: ArrivedFrame) -> QueueResult:
        """Take a frame that came in."""
        if self._started and frame.sequence <= self.newest_sequence:
            return QueueResult(queued=False)
        missed = frame.sequence - self.newest_sequence - 1 if self._started else 0
        self._started = True
        self.newest_sequence = frame.sequence
        broken = self._why_useless(frame)
        if broken or (self.awaiting_keyframe and not frame.keyframe):
            first = broken if not self.awaiting_keyframe else ""
            self.awaiting_keyframe = True
            return QueueResult(queued=False, missed=missed, broken=first)
        self.awaiting_keyframe = False
        if not frame.droppable:
            self._chain_sequence = frame.sequence
        self._waiting.append(frame)
        return QueueResult(queued=True, missed=missed)

    def take(self) -> ArrivedFrame | None:
        """Hand over the oldest frame; None where none waits."""
        return self._waiting.popleft() if self._waiting else None

    def break_chain(self) -> list[ArrivedFrame]:
        """Drop and return the frames that cannot be decoded any more, the decoder having lost its state."""
        useless = []
        while self._waiting and not self._waiting[0].keyframe:
            useless.append(self._waiting.popleft())
        self.awaiting_keyframe = not self._waiting
        return useless

    def _why_useless(self, frame: ArrivedFrame) -> str:
        waiting = len(self._waiting)
        waiting_bytes = sum(len(queued.payload) for queued in self._waiting)
        if waiting >= MAX_QUEUED or (waiting >= FREE_QUEUED and waiting_bytes > MAX_QUEUED_BYTES):
            return f"more than {waiting} frames came without being asked for"
        if frame.keyframe:
            return ""
        needed = frame.sequence - frame.chain_distance
        if needed != self._chain_sequence:
            return f"frame {frame.sequence} builds on {needed}, the last one here is {self._chain_sequence}"
        return ""
