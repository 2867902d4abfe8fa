"""Reads a whole recording of payloads once, every checksum, and describes what is in it."""

from __future__ import annotations

from dataclasses import dataclass

from narrowcast.receiver.play.losses import DatedFrame, FrameDater, Loss
from narrowcast.receiver.play.source import Records
from narrowcast.receiver.recording.payload_file import Damage
from narrowcast.receiver.recording.payload_records import StreamRecord

MAX_LISTED = 100
"Streams and losses that are kept to be told: a file made for it could have millions."


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What is in a recording, every record checked."""

    streams: tuple[StreamRecord, ...]
    "the first entry point of each stream, in order; up to MAX_LISTED"
    losses: tuple[Loss, ...]
    "stretches of which nothing can be shown; up to MAX_LISTED"
    losses_count: int
    "all of them"
    entries: int
    "places from which it can be played"
    frames: int
    "whole ones"
    keyframes: int
    "of those"
    longest_us: int
    "between two keyframes"
    payload_bytes: int
    "of the frames"
    painted: int
    "those whose picture a network had painted when it was shown"
    duration_us: int
    "from the first frame to the last"


def examine(file: Records) -> Contents:
    """Read the whole recording once and describe what is in it."""
    streams: list[StreamRecord] = []
    losses: list[Loss] = []
    dater = FrameDater()
    count = _Count()
    last: StreamRecord | None = None
    for found in file.records():
        if isinstance(found, Damage):
            dater.damaged(found)
        elif isinstance(found.record, StreamRecord):
            count.entries += 1
            if (last is None or last.format != found.record.format) and len(streams) < MAX_LISTED:
                streams.append(found.record)
            last = found.record
        elif last is not None:
            frame = dater.frame(found.record, found)
            count.add(frame)
            if frame.loss is not None:
                losses = [*losses, frame.loss][:MAX_LISTED]
    rest = dater.finish()
    if rest is not None:
        losses.append(rest)
    return Contents(
        streams=tuple(streams),
        losses=tuple(losses),
        losses_count=count.losses + (rest is not None),
        entries=count.entries if file.version > 1 else count.keyframes,
        frames=count.frames,
        keyframes=count.keyframes,
        longest_us=count.longest_us,
        payload_bytes=count.payload_bytes,
        painted=count.painted,
        duration_us=dater.time_us,
    )


class _Count:
    """Sums over frames."""

    def __init__(self) -> None:
        self.entries = self.frames = self.keyframes = self.payload_bytes = self.painted = self.losses = 0
        self.longest_us = self._keyframe_us = 0

    def add(self, frame: DatedFrame) -> None:
        """Count one more."""
        self.frames += 1
        self.payload_bytes += len(frame.record.payload)
        self.painted += frame.record.painted
        self.losses += frame.loss is not None
        if frame.record.keyframe:
            self.keyframes += 1
            self._keyframe_us = frame.time_us
        self.longest_us = max(self.longest_us, frame.time_us - self._keyframe_us)
