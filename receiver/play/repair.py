"""Makes a sound recording of payloads of a damaged one: what is whole and can be decoded."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from narrowcast.receiver.play.losses import DatedFrame, FrameDater, Loss
from narrowcast.receiver.play.replay import wall_clock_of
from narrowcast.receiver.recording.file import create_file
from narrowcast.receiver.recording.payload_file import Damage, PayloadFile, PayloadFileError
from narrowcast.receiver.recording.payload_recorder import ENTRY_INTERVAL_US, PayloadWriter
from narrowcast.receiver.recording.payload_records import StreamRecord

MAX_TOLD = 1000
"Losses that are told one by one."


@dataclass(frozen=True, kw_only=True)
class Repaired:
    """What a repair has kept and lost."""

    frames: int
    "that are in the new file"
    losses: tuple[Loss, ...]
    "in order; up to MAX_TOLD"
    losses_count: int
    "all of them"
    left_out: int
    "whole frames that could not be decoded, because they build on lost ones"
    end_us: int
    "time of the last frame"


def repair(source: Path, target: Path, *, overwrite: bool = False) -> Repaired:
    """Write what can be played of `source` to `target`, of the newest version of the format.

    Nothing is left at `target` where nothing can be played, or where it cannot be written: RecordError,
    PayloadFileError. The times of the frames stay as they are.
    """
    with PayloadFile(source) as file:
        out = create_file(target, overwrite=overwrite)
        copied = False
        try:
            repaired = _copy(file, PayloadWriter(target, out))
            copied = repaired.frames > 0
        finally:
            out.close() if copied else out.discard()
    if not copied:
        raise PayloadFileError(f"there is no whole keyframe in {source}: nothing can be repaired")
    return repaired


def repair_in_place(path: Path) -> Repaired:
    """Put the repaired file in place of the damaged one, in one step once it is whole."""
    path = path.resolve()
    draft = path.with_name(f"{path.name}.repairing")
    repaired = repair(path, draft)
    os.replace(draft, path)
    return repaired


def _copy(file: PayloadFile, writer: PayloadWriter) -> Repaired:
    losses: list[Loss] = []
    dater, copier = FrameDater(), Copier(writer)
    count = left_out = 0
    for found in file.records():
        if isinstance(found, Damage):
            dater.damaged(found)
        elif isinstance(found.record, StreamRecord):
            copier.stream(found.record, timed=file.version > 1)
        else:
            frame = dater.frame(found.record, found)
            if frame.loss is not None:
                count += 1
                losses = [*losses, frame.loss][:MAX_TOLD]
            left_out += not copier.frame(frame)
    rest = dater.finish()
    return Repaired(
        frames=copier.frames,
        losses=(*losses, rest) if rest is not None else tuple(losses),
        losses_count=count + (rest is not None),
        left_out=left_out,
        end_us=dater.time_us,
    )


class Copier:
    """Writes frames with entry points of their own, as a recorder would."""

    def __init__(self, writer: PayloadWriter) -> None:
        self.frames = 0
        self._writer = writer
        self._stream: StreamRecord | None = None
        self._timed = True
        self._entry_us: int | None = None

    def stream(self, record: StreamRecord, *, timed: bool) -> None:
        """Begin with another entry point; without a time it is that of the frame behind it."""
        if self._stream is None or not timed or record.format != self._stream.format:
            self._entry_us = None
        self._stream, self._timed = record, timed

    def frame(self, frame: DatedFrame) -> bool:
        """Write a frame; False where it cannot be decoded, and is left out."""
        if self._stream is None or not frame.usable:
            return False
        record = replace(frame.record, time_us=frame.time_us)
        if not self._timed:
            self._stream, self._timed = replace(self._stream, time_us=frame.time_us), True
        due = self._entry_us is None or frame.time_us - self._entry_us >= ENTRY_INTERVAL_US
        if record.keyframe and due:
            self._writer.entry(_moved(self._stream, frame.time_us), record)
            self._entry_us = frame.time_us
        elif self._entry_us is None:
            return False
        else:
            self._writer.frame(record)
        self.frames += 1
        return True


def _moved(stream: StreamRecord, time_us: int) -> StreamRecord:
    """The entry point of a later frame."""
    taken = wall_clock_of(stream, time_us)
    recorded_at = stream.recorded_at if taken is None else taken.isoformat(timespec="milliseconds")
    return replace(stream, time_us=time_us, recorded_at=recorded_at)
