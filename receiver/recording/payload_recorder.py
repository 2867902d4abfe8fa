"""Writes a recording of the payloads as they came (.ncast), record by record."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from narrowcast import codec
from narrowcast.protocol import ArrivedFrame
from narrowcast.receiver.recording.file import RecordError, RecordingFile, create_file, write_error
from narrowcast.receiver.recording.payload_records import (
    FileHeader,
    FrameRecord,
    StreamRecord,
    frame_record,
    pack,
    pack_header,
)
from narrowcast.receiver.recording.timeline import ArrivalTimeline
from narrowcast.runtime.clock import now_us

SUFFIX = ".ncast"

ENTRY_INTERVAL_US = 400_000
"A codec that makes every frame a keyframe has an entry point as often as this, not with each frame."


def wall_clock(local_us: int) -> datetime:
    """Date and time, with the offset to UTC, of a time on this machine's monotonic clock."""
    return datetime.now().astimezone() - timedelta(microseconds=now_us() - local_us)


def captured_local_us(frame: ArrivedFrame) -> int:
    """Our clock, when a frame was taken; where that is unknown, when it came."""
    return frame.arrival_local_us if frame.capture_local_us is None else frame.capture_local_us


class PayloadWriter:
    """Writes records to a file of version 2 and knows where the last entry point lies."""

    def __init__(self, path: Path, file: RecordingFile) -> None:
        """Write the header to a new file; RecordError where that is not possible."""
        self._path = path
        self.file = file
        "whose owner closes it"
        self._header = FileHeader(salt=secrets.randbits(32))
        self._entry_byte = 0
        self._write(pack_header(self._header))

    @property
    def entry_bytes(self) -> int:
        """How far behind the last entry point the next record will begin."""
        return self.file.bytes_written - self._entry_byte

    def entry(self, stream: StreamRecord, frame: FrameRecord) -> None:
        """Write an entry point and the frame that decoding begins with, in one go."""
        self._entry_byte, first = self.file.bytes_written, pack(stream, self._header)
        self._write(first + pack(_at(frame, len(first)), self._header))

    def frame(self, frame: FrameRecord) -> None:
        """Write a frame that belongs to the last entry point."""
        self._write(pack(_at(frame, self.entry_bytes), self._header))

    def _write(self, data: bytes) -> None:
        try:
            self.file.write(data)
        except OSError as error:
            self.file.give_up()
            raise write_error(self._path, error) from error
        self.file.keep()


class PayloadRecorder:
    """Writes frames to a .ncast file, unbuffered: a killed program loses none of them."""

    def __init__(self, path: Path, *, overwrite: bool = False, abandoned: Callable[[], bool] = bool) -> None:
        """Create the file; RecordError where that is not possible. The arguments are RecordingFile's."""
        self.frames_written = 0
        "frames that are in the file"
        self._model_ids = {info.name: info.model_id for info in codec.available_codecs()}
        self._stream: tuple[str, int, int, int] | None = None
        self._timeline = ArrivalTimeline()
        self._entry_us = self._keyframe_us = 0
        self._file = create_file(path, overwrite=overwrite, abandoned=abandoned)
        try:
            self._writer = PayloadWriter(path, self._file)
        except RecordError:
            self._file.discard()
            raise

    def add(self, frame: ArrivedFrame, *, painted: bool = False) -> bool:
        """Write a frame, with an entry point where decoding can begin; RecordError if the disk is full.

        `painted`: a network painted the picture that was shown. Returns False for a frame that no keyframe of
        its stream came before, which nobody could decode: it is left out.
        """
        stream = (frame.codec, frame.width, frame.height, frame.epoch)
        if stream != self._stream and not frame.keyframe:
            return False
        time_us = self._timeline.place(frame.capture_sender_us, captured_local_us(frame), frame.epoch)
        record = frame_record(frame, time_us=time_us, entry_bytes=0, painted=painted)
        if frame.keyframe:
            self._keyframe_us = time_us
        due = frame.keyframe and time_us - self._entry_us >= ENTRY_INTERVAL_US
        if due or stream != self._stream:
            self._writer.entry(self._stream_record(frame, time_us), record)
            self._stream, self._entry_us = stream, time_us
        else:
            self._writer.frame(record)
        self.frames_written += 1
        return True

    @property
    def since_keyframe_us(self) -> int:
        """How long there has been no keyframe, up to the last frame."""
        return self._timeline.time_us - self._keyframe_us

    def close(self) -> None:
        """End the file; one without a frame leaves none behind. Harmless a second time."""
        if self.frames_written == 0:
            self._file.discard()
        self._file.close()

    def _stream_record(self, frame: ArrivedFrame, time_us: int) -> StreamRecord:
        return StreamRecord(
            codec=frame.codec,
            model_id=self._model_ids.get(frame.codec, ""),
            width=frame.width,
            height=frame.height,
            recorded_at=wall_clock(captured_local_us(frame)).isoformat(timespec="milliseconds"),
            time_us=time_us,
        )


def _at(frame: FrameRecord, entry_bytes: int) -> FrameRecord:
    return replace(frame, entry_bytes=entry_bytes)
