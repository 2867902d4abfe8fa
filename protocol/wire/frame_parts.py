"""Cuts large frames into parts, so that no message occupies a thin link for long, and joins them again."""

from __future__ import annotations

from dataclasses import replace

from narrowcast.protocol.wire.frame_layout import SEQUENCES
from narrowcast.protocol.wire.messages import FrameMessage, FramePart

MIN_PART_BYTES = 1200
"One TCP segment; smaller parts would only add headers."

MAX_PART_BYTES = 60_000

PART_S = 0.25
"Seconds that one part may take on the link: a PING waits no longer behind it."


def part_bytes(*rates_bps: float | None) -> int:
    """How long parts should be at the lowest of these rates; None for a rate without limit."""
    lowest_bps = min((rate for rate in rates_bps if rate is not None), default=float("inf"))
    return round(min(max(MIN_PART_BYTES, PART_S * lowest_bps / 8), MAX_PART_BYTES))


def split_frame(frame: FrameMessage, max_part_bytes: int) -> list[FrameMessage | FramePart]:
    """Cut a frame's payload: the FRAME with its first part, then a FRAME_PART for each other one."""
    payload = frame.payload
    chunks = [payload[at : at + max_part_bytes] for at in range(0, len(payload), max_part_bytes)] or [b""]
    parts = [
        FramePart(sequence=frame.sequence % SEQUENCES, part=number, payload=chunk)
        for number, chunk in enumerate(chunks[1:], start=1)
    ]
    return [replace(frame, payload=chunks[0], parts=len(chunks)), *parts]


class FrameAssembler:
    """Joins the parts of one frame at a time; the connection delivers them in order."""

    def __init__(self, max_payload_bytes: int) -> None:
        """Begin without a frame; one that grows beyond `max_payload_bytes` is dropped."""
        self._max_payload_bytes = max_payload_bytes
        self._frame: FrameMessage | None = None
        self._chunks: list[bytes] = []
        self._bytes = 0

    def begin(self, frame: FrameMessage) -> FrameMessage | None:
        """Take a FRAME; returns it if it is whole already."""
        self._frame = None
        if frame.parts <= 1:
            return frame
        self._frame, self._chunks, self._bytes = frame, [frame.payload], len(frame.payload)
        return None

    def add(self, part: FramePart) -> FrameMessage | None:
        """Take a FRAME_PART; returns the frame if it is whole now. A part out of order drops its frame."""
        frame = self._frame
        if frame is None or part.sequence != frame.sequence % SEQUENCES:
            return None
        self._bytes += len(part.payload)
        if part.part != len(self._chunks) or self._bytes > self._max_payload_bytes:
            self._frame = None
            return None
        self._chunks.append(part.payload)
        if len(self._chunks) < frame.parts:
            return None
        self._frame = None
        return replace(frame, payload=b"".join(self._chunks), parts=1)
