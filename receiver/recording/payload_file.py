"""A recording of the payloads as they came (.ncast): written and read record by record."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import codec
from narrowcast.errors import OutputError
from protocol import ArrivedFrame
from receiver.recording.file import RecordError, create_file, reason
from receiver.recording.payload_records import (
    HEAD_BYTES,
    MAGIC,
    MARK,
    FrameRecord,
    RecordDamaged,
    StreamRecord,
    body_length,
    frame_record,
    pack,
    unpack,
)

SUFFIX = ".ncast"


MAX_USELESS_SHARE = 2
"Of the file's length, what may be read of records whose checksum differs: each byte of damaged ones is once."


class PayloadFileError(OutputError):
    """The file cannot be played; the text says why."""


class PayloadRecorder:
    """Writes frames to a .ncast file, unbuffered: a killed program loses none of them."""

    def __init__(self, path: Path) -> None:
        """Create the file; RecordError where that is not possible."""
        self.frames_written = 0
        "frames that are in the file"
        self._path = path
        self._model_ids = {info.name: info.model_id for info in codec.available_codecs()}
        self._stream: tuple[str, int, int, int] | None = None
        self._file = create_file(path)
        self._write(MAGIC)

    def add(self, frame: ArrivedFrame, *, painted: bool = False) -> None:
        """Write a frame, and what it is a frame of where that changed; RecordError if the disk is full.

        `painted`: a network painted the picture that was shown.
        """
        stream = (frame.codec, frame.width, frame.height, frame.epoch)
        records = pack(frame_record(frame, painted=painted))
        if stream != self._stream:
            records = pack(self._stream_record(frame)) + records
        self._write(records)
        self._stream = stream
        self.frames_written += 1

    def close(self) -> None:
        """End the file; one without a frame leaves none behind. Harmless a second time."""
        self._file.close()
        if self.frames_written == 0:
            self._path.unlink(missing_ok=True)

    def _stream_record(self, frame: ArrivedFrame) -> StreamRecord:
        return StreamRecord(
            codec=frame.codec,
            model_id=self._model_ids.get(frame.codec, ""),
            width=frame.width,
            height=frame.height,
            recorded_at=datetime.now().astimezone().isoformat(timespec="milliseconds"),
        )

    def _write(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            self._file.give_up()
            raise RecordError(f"cannot write to {self._path}: {reason(error)}; is the disk full?") from error
        self._file.keep()


@dataclass(frozen=True, kw_only=True)
class Damage:
    """A stretch of the file that contains no whole record."""

    first_byte: int
    "where it begins"
    end_byte: int
    "where the next whole record begins, or the file ends"
    reason: str
    "a few words"


@dataclass(frozen=True, kw_only=True)
class Located:
    """A record, and where it begins."""

    record: StreamRecord | FrameRecord
    "as it was written"
    first_byte: int
    "of the file"


class PayloadFile:
    """A .ncast file opened for reading; one that is still being written is read up to where it is now."""

    def __init__(self, path: Path) -> None:
        """Open it; PayloadFileError where it is none."""
        self._useless_bytes = 0
        try:
            with path.open("rb") as file:
                self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:  # mmap of nothing
            raise PayloadFileError(f"{path} is empty") from error
        except OSError as error:
            raise PayloadFileError(f"cannot read {path}: {reason(error)}") from error
        if self._data[: len(MAGIC)] != MAGIC:
            self.close()
            raise PayloadFileError(
                f"{path} is no recording of payloads, or one of another version; "
                f"those are made with narrowcast receive --record NAME{SUFFIX}"
            )

    @property
    def bytes(self) -> int:
        """How long the file is."""
        return len(self._data)

    def records(self, first_byte: int = len(MAGIC)) -> Iterator[Located | Damage]:
        """Yield every whole record from the start of one on, and the stretches in between without any."""
        self._useless_bytes = 0
        place = first_byte
        while place < len(self._data):
            try:
                record, end = self._record(place)
            except RecordDamaged as error:
                end = self._next_whole(place + 1)
                cut = end == len(self._data)
                yield Damage(first_byte=place, end_byte=end, reason=str(error) if cut else "altered bytes")
            else:
                yield Located(record=record, first_byte=place)
            place = end

    def close(self) -> None:
        """Close it."""
        self._data.close()

    def __enter__(self) -> PayloadFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _record(self, place: int) -> tuple[StreamRecord | FrameRecord, int]:
        """The record that begins at a place, and the place behind it."""
        head = self._data[place : place + HEAD_BYTES]
        if len(head) < HEAD_BYTES:
            raise RecordDamaged("the file ends within a record")
        end = place + HEAD_BYTES + body_length(head)
        if end > len(self._data):
            raise RecordDamaged("the file ends within a record")
        try:
            return unpack(self._data[place:end]), end
        except RecordDamaged:
            self._useless_bytes += end - place
            if self._useless_bytes > MAX_USELESS_SHARE * len(self._data):
                raise PayloadFileError(
                    "it has been tampered with: more of its marks begin no record than damage explains"
                ) from None
            raise

    def _next_whole(self, place: int) -> int:
        """Where the next whole record begins; the end of the file if there is none."""
        while (found := self._data.find(MARK, place)) >= 0:
            try:
                self._record(found)
                return found
            except RecordDamaged:
                place = found + 1
        return len(self._data)
