"""Copies a stretch of a recording of payloads as it is, without decoding: a .ncast file of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from narrowcast.receiver.play.config import Span
from narrowcast.receiver.play.losses import FrameDater
from narrowcast.receiver.play.repair import Copier
from narrowcast.receiver.play.source import RecordSource
from narrowcast.receiver.recording.file import create_file
from narrowcast.receiver.recording.payload_file import Damage, PayloadFileError
from narrowcast.receiver.recording.payload_recorder import PayloadWriter
from narrowcast.receiver.recording.payload_records import StreamRecord


def cut(source: RecordSource, target: Path, span: Span, *, overwrite: bool = False) -> int:
    """Write a stretch of a recording, from the keyframe before it on; returns how many frames.

    Its times begin with its first frame. Nothing is left at `target` where nothing can be copied, or where it
    cannot be written: RecordError, PayloadFileError.
    """
    start = source.index.entry_before(span.from_us)
    out = create_file(target, overwrite=overwrite)
    copied = 0
    try:
        if start is not None:
            copied = _copy(source, start.first_byte, start.time_us, span.to_us, PayloadWriter(target, out))
    finally:
        out.close() if copied else out.discard()
    if not copied:
        raise PayloadFileError("there is no whole keyframe in this stretch of the recording")
    return copied


def _copy(source: RecordSource, place: int, begun_us: int, to_us: float, writer: PayloadWriter) -> int:
    """Copy from an entry point at `begun_us` on."""
    copier, dater = Copier(writer), FrameDater(begun_us)
    for found in source.records(place):
        if isinstance(found, Damage):
            dater.damaged(found)
        elif isinstance(found.record, StreamRecord):
            time_us = max(0, found.record.time_us - begun_us)
            copier.stream(replace(found.record, time_us=time_us), timed=source.version > 1)
        else:
            frame = dater.frame(found.record, found)
            if frame.time_us > to_us:
                break
            copier.frame(replace(frame, time_us=frame.time_us - begun_us))
    return copier.frames
