"""A receiver's memory of the last FRAME, which makes the numbers of the next one whole again."""

from __future__ import annotations

from dataclasses import replace

from narrowcast.protocol.wire.fields import MAX_COUNT
from narrowcast.protocol.wire.frame_layout import CAPTURES, SEQUENCES
from narrowcast.protocol.wire.messages import FrameMessage

MAX_CAPTURE_STEP_US = 4_000_000
"Further from the frame that it builds on, a frame has its numbers in full: half a cycle is 8.4 s."

MAX_SEQUENCE_STEP = 16_000


class FrameNumbers:
    """The numbers of the last frame of a link; its first one is a keyframe, which has them in full."""

    def __init__(self) -> None:
        self._sequence = 0
        self._capture_us = 0

    def restore(self, frame: FrameMessage) -> FrameMessage:
        """Return a frame as it was before its numbers were cut: those nearest to the last frame's."""
        if not frame.full:
            sequence = _nearest(frame.sequence, self._sequence, SEQUENCES)
            capture_us = _nearest(frame.capture_sender_us, self._capture_us, CAPTURES)
            frame = replace(
                frame,
                # Only what a hostile sender counts leaves these limits.
                sequence=min(max(0, sequence), MAX_COUNT),
                capture_sender_us=min(max(-MAX_COUNT, capture_us), MAX_COUNT),
                full=True,
            )
        self._sequence, self._capture_us = frame.sequence, frame.capture_sender_us
        return frame


def needs_full(sequence_step: int, capture_step_us: int) -> bool:
    """Say whether a frame so far from the one that it builds on must have its numbers in full."""
    return abs(sequence_step) > MAX_SEQUENCE_STEP or abs(capture_step_us) > MAX_CAPTURE_STEP_US


def _nearest(low: int, reference: int, modulus: int) -> int:
    """The number that is `low` modulo `modulus` and lies nearest to `reference`."""
    return reference + (low - reference + modulus // 2) % modulus - modulus // 2
