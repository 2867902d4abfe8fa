"""When a sender should code a frame, of which kind, and how frames are numbered."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from protocol.session.receiver_state import KEYFRAME_INTERVAL_US, ReceiverState
from protocol.wire.messages import FrameMessage

MAX_PATIENCE_US = 250_000
"No receiver waits for another for longer than half as much again."


@dataclass(frozen=True, kw_only=True)
class OutgoingFrame:
    """One coded frame, for every receiver that can use it."""

    payload: bytes
    "the bitstream"
    keyframe: bool
    "decodable without any earlier frame"
    droppable: bool = False
    "no later frame is predicted from this one"
    quality: float = 0.5
    "in [0, 1], as given to the encoder"
    capture_us: int
    "our clock, when the picture was taken"
    encode_us: int = 0
    "how long encoding took"


@dataclass(frozen=True, kw_only=True)
class SentFrame:
    """Where a frame went."""

    sequence: int
    "its number"
    receivers: int
    "how many it was sent to"
    missed: int
    "how many welcomed receivers it was not sent to"


class FrameSchedule:
    """Remembers what was coded when; the receivers themselves belong to the session."""

    def __init__(self) -> None:
        self.next_sequence = 0
        "of the next frame coded"
        self._chain_sequence = 0
        self._frame_us: int | None = None
        self._keyframe_us: int | None = None
        self._return_us = 0
        self._returned_sequence = -1

    def can_send(self, receivers: Collection[ReceiverState], interval_us: int, now_us: int) -> bool:
        """Say whether a frame coded now would be of use to somebody, and waiting a moment to nobody."""
        due = self.keyframe_due(receivers, now_us)
        if not any(receiver.has_credit and (receiver.in_step or due) for receiver in receivers):
            return False
        return not self._worth_waiting(receivers, interval_us, now_us)

    def keyframe_due(self, receivers: Collection[ReceiverState], now_us: int) -> bool:
        """Say whether some receiver waits for a keyframe and the last one was long enough ago."""
        if self._keyframe_us is not None and now_us - self._keyframe_us < KEYFRAME_INTERVAL_US:
            return False
        return any(receiver.keyframe_due(now_us) for receiver in receivers)

    def number(self, frame: OutgoingFrame, *, epoch: int, stream: int, now_us: int) -> FrameMessage:
        """Give a frame its number and the distance to the one that it is predicted from."""
        sequence = self.next_sequence
        message = FrameMessage(
            epoch=epoch,
            sequence=sequence,
            capture_sender_us=frame.capture_us,
            send_delay_us=now_us - frame.capture_us,
            payload=frame.payload,
            encode_us=frame.encode_us,
            keyframe=frame.keyframe,
            droppable=frame.droppable,
            chain_distance=1 if frame.keyframe else sequence - self._chain_sequence,
            quality_permille=round(1000 * frame.quality),
            stream=stream,
        )
        self.next_sequence += 1
        self._frame_us = now_us
        if frame.keyframe:
            self._keyframe_us = now_us
        if not frame.droppable:
            self._chain_sequence = sequence
        return message

    def returned(self, sequence: int, elapsed_us: int) -> None:
        """The credit of a frame came back."""
        if sequence > self._returned_sequence:
            self._returned_sequence = sequence
            self._return_us = min(elapsed_us, MAX_PATIENCE_US)

    def _worth_waiting(self, receivers: Collection[ReceiverState], interval_us: int, now_us: int) -> bool:
        """A receiver that kept up so far is a moment late: to wait half a frame's time saves a keyframe.

        Where the link is longer than a frame's time, the first receiver to return its credit sets the
        measure.
        """
        if self._frame_us is None:
            return False
        pace_us = max(interval_us, self._return_us)
        late = any(receiver.trusted and not receiver.has_credit for receiver in receivers)
        return late and now_us < self._frame_us + pace_us * 3 // 2
