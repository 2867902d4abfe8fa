"""When a frame is of use and of which kind it must be, and the numbers of the frames sent."""

from __future__ import annotations

from dataclasses import replace

from narrowcast.protocol.session.credit_index import CreditIndex
from narrowcast.protocol.session.receiver_state import KEYFRAME_INTERVAL_US
from narrowcast.protocol.wire.frame_numbers import needs_full
from narrowcast.protocol.wire.messages import FrameMessage

MAX_WAIT_US = 250_000
"No receiver waits for another for longer than half as much again."


class FrameSchedule:
    """Remembers what was sent when; the receivers themselves belong to the session."""

    def __init__(self) -> None:
        self.next_sequence = 0
        "of the next frame"
        self.chain_sequence = 0
        "of the newest frame that is not droppable"
        self._chain_capture_us = 0
        self._frame_us: int | None = None
        self._keyframe_us: int | None = None
        self._ack_delay_us = 0
        self._acked_sequence = -1

    def keyframe_due(self, receivers: CreditIndex, now_us: int) -> bool:
        """Say whether some receiver waits for a keyframe and the last one was long enough ago."""
        if self._keyframe_us is not None and now_us - self._keyframe_us < KEYFRAME_INTERVAL_US:
            return False
        return receivers.keyframe_due(now_us)

    def is_useful(self, receivers: CreditIndex, *, keyframe: bool, interval_us: int, now_us: int) -> bool:
        """Say whether a frame coded now helps some receiver, and waiting a moment longer would help none."""
        return receivers.serves(keyframe=keyframe) and not self._worth_waiting(receivers, interval_us, now_us)

    def numbered(self, frame: FrameMessage) -> FrameMessage:
        """Mark a frame whose numbers must be whole on the wire: too far from the one that it builds on."""
        steps = frame.sequence - self.chain_sequence, frame.capture_sender_us - self._chain_capture_us
        return replace(frame, full=True) if frame.keyframe or needs_full(*steps) else frame

    def sent(self, frame: FrameMessage, now_us: int) -> None:
        """Take note of a frame that goes out."""
        self.next_sequence = frame.sequence + 1
        self._frame_us = now_us
        if frame.keyframe:
            self._keyframe_us = now_us
        if not frame.droppable:
            self.chain_sequence = frame.sequence
            self._chain_capture_us = frame.capture_sender_us

    def acknowledged(self, sequence: int, elapsed_us: int) -> None:
        """The first receiver has acknowledged a frame, so long after it was sent."""
        if sequence > self._acked_sequence:
            self._acked_sequence = sequence
            self._ack_delay_us = min(elapsed_us, MAX_WAIT_US)

    def _worth_waiting(self, receivers: CreditIndex, interval_us: int, now_us: int) -> bool:
        """A receiver that kept up so far is a moment late: to wait half a frame's time saves a keyframe.

        Where the round trip is longer than a frame's time, the first receiver that acknowledges a frame sets
        the measure.
        """
        if self._frame_us is None:
            return False
        pace_us = max(interval_us, self._ack_delay_us)
        return receivers.late and now_us < self._frame_us + pace_us * 3 // 2
