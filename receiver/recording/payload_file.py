"""Reads a recording of payloads (.ncast): record by record, past damage, and from any time on."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from narrowcast.errors import OutputError
from narrowcast.receiver.recording.file import reason
from narrowcast.receiver.recording.payload_records import (
    HEAD_BYTES,
    HEADER_BYTES,
    MAX_STREAM_BYTES,
    STREAM_START,
    FileHeader,
    FrameRecord,
    RecordDamaged,
    StreamRecord,
    body_length,
    salt_of,
    unpack,
    unpack_header,
)

MAX_USELESS_SHARE = 2
"Of the file's length, what may be read of records whose checksum differs: each byte of damaged ones is once."

_MAX_SEARCHED_BYTES = 256 * 1024 * 1024
_MAX_CANDIDATES = 10_000
"Where the header is lost: so far into the file, and among so many places, an entry point is looked for."

CUT_OFF = "the file ends within a record"
_LOST_ENTRY = "altered bytes"

AnyRecord: TypeAlias = StreamRecord | FrameRecord


class PayloadFileError(OutputError):
    """The file cannot be played; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Damage:
    """A stretch of the file that contains no record of use."""

    first_byte: int
    "where it begins"
    end_byte: int
    "where the next whole record begins, or the file ends"
    reason: str
    "a few words"
    where: str = ""
    "for people, where it lies in no file; empty: at its first byte"


@dataclass(frozen=True, kw_only=True)
class Located:
    """A record, and where it lies."""

    record: AnyRecord
    "as it was written"
    first_byte: int
    "of the file"
    end_byte: int
    "where the next record begins"


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
        self.header_damaged = False
        "the first bytes are lost; what they say was found elsewhere"
        try:
            self._header = self._find_header()
        except RecordDamaged as error:
            self.close()
            raise PayloadFileError(
                f"{path} is no recording of payloads, or one of another version; "
                "those are made with narrowcast receive --record NAME.ncast"
            ) from error

    @property
    def length(self) -> int:
        """Bytes of the file."""
        return len(self._data)

    @property
    def version(self) -> int:
        """Of the format: files of version 1 have no times in their frames, and no way to seek."""
        return self._header.version

    @property
    def first_byte(self) -> int:
        """Where the first record begins."""
        return self._header.size

    def records(self, first_byte: int | None = None) -> Iterator[Located | Damage]:
        """Yield every whole record from the start of one on, and the stretches in between without any.

        A frame whose entry point is damaged counts as damaged too: nothing says what it is a frame of.
        """
        self._useless_bytes = 0
        place = self.first_byte if first_byte is None else first_byte
        entry, damage = -1, None
        while place < len(self._data):
            found = self._record_or_damage(place)
            place = found.end_byte
            if isinstance(found, Located) and self._is_orphan(found, entry):
                found = Damage(first_byte=found.first_byte, end_byte=place, reason=_LOST_ENTRY)
            if isinstance(found, Damage):
                damage = found if damage is None else _joined(damage, found)
                continue
            if damage is not None:
                yield damage
                damage = None
            if isinstance(found.record, StreamRecord):
                entry = found.first_byte
            yield found
        if damage is not None:
            yield damage

    def record_at(self, place: int) -> Located | None:
        """The whole record that begins at a place of the file; None where none does."""
        try:
            return self._record(place) if place >= self.first_byte else None
        except RecordDamaged:
            return None

    def record_behind(self, place: int) -> Located | None:
        """The first whole record that begins at a place or behind it; None where none does."""
        found = self._next_whole(max(place, self.first_byte))
        return None if found == len(self._data) else self._record(found)

    def record_before(self, place: int) -> Located | None:
        """The last whole record that begins before a place; None where none does."""
        mark = self._header.mark
        while (place := self._data.rfind(mark, self.first_byte, max(0, place + len(mark) - 1))) >= 0:
            found = self.record_at(place)
            if found is not None:
                return found
        return None

    def begin_search(self) -> None:
        """Begin to count anew what is read in vain: each search may read as much as reading all may."""
        self._useless_bytes = 0

    def close(self) -> None:
        """Close it."""
        self._data.close()

    def __enter__(self) -> PayloadFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _find_header(self) -> FileHeader:
        """Read the header, or find what it said in the first entry point that is whole."""
        try:
            return unpack_header(self._data[:HEADER_BYTES])
        except RecordDamaged:
            place = 0
            for _ in range(_MAX_CANDIDATES):
                place = self._data.find(STREAM_START, place + 1, _MAX_SEARCHED_BYTES)
                if place < 0:
                    break
                start = max(0, place - HEAD_BYTES)
                salt = salt_of(self._data[start : start + HEAD_BYTES + MAX_STREAM_BYTES])
                if salt is not None:
                    self.header_damaged = True
                    return FileHeader(salt=salt)
            raise

    def _is_orphan(self, found: Located, entry: int) -> bool:
        frame = found.record
        if self.version == 1 or not isinstance(frame, FrameRecord):
            return False
        return found.first_byte - frame.entry_bytes != entry

    def _record_or_damage(self, place: int) -> Located | Damage:
        try:
            return self._record(place)
        except RecordDamaged as error:
            end = self._next_whole(place + 1)
            cut = end == len(self._data)
            return Damage(first_byte=place, end_byte=end, reason=str(error) if cut else "altered bytes")

    def _record(self, place: int) -> Located:
        """The record that begins at a place."""
        head = self._data[place : place + HEAD_BYTES]
        if len(head) < HEAD_BYTES:
            raise RecordDamaged(CUT_OFF)
        end = place + HEAD_BYTES + body_length(head, self._header)
        if end > len(self._data):
            raise RecordDamaged(CUT_OFF)
        try:
            record = unpack(self._data[place:end], self._header)
        except RecordDamaged:
            self._useless_bytes += end - place
            if self._useless_bytes > MAX_USELESS_SHARE * len(self._data):
                raise PayloadFileError(
                    "it has been tampered with: more of its marks begin no record than damage explains"
                ) from None
            raise
        return Located(record=record, first_byte=place, end_byte=end)

    def _next_whole(self, place: int) -> int:
        """Where the next whole record begins; the end of the file if there is none."""
        while (found := self._data.find(self._header.mark, place)) >= 0:
            try:
                self._record(found)
                return found
            except RecordDamaged:
                place = found + 1
        return len(self._data)


def _joined(first: Damage, second: Damage) -> Damage:
    return Damage(first_byte=first.first_byte, end_byte=second.end_byte, reason=second.reason)
