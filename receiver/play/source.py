"""What a recording of payloads is read from: a file, or what an address of another scheme names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from narrowcast.receiver.play.config import PlayConfig
from narrowcast.receiver.recording.payload_file import Damage, Located, PayloadFile
from narrowcast.receiver.recording.payload_index import Entry, PayloadIndex
from narrowcast.runtime.fabric_address import is_fabric

_FABRIC = "narrowcast.fabric.replay.recording"
"Loaded for addresses of a fabric alone: nothing here depends on it."


class EntryIndex(Protocol):
    """Finds entry points by time; times are microseconds from the recording's first frame on."""

    def entry_before(self, time_us: int) -> Entry | None:
        """The last entry point up to a time, or the first one; None where there is none."""
        ...

    def entry_after(self, time_us: int) -> Entry | None:
        """The first entry point behind a time, if there is one."""
        ...

    @property
    def end_us(self) -> int:
        """When the last frame was taken."""
        ...


class Records(Protocol):
    """A recording, record by record."""

    @property
    def version(self) -> int:
        """Of the format."""
        ...

    @property
    def header_damaged(self) -> bool:
        """Whether what stands in front of the records was found elsewhere."""
        ...

    def records(self, first_byte: int | None = None) -> Iterator[Located | Damage]:
        """Every record from the start of one on, and the stretches in between without any."""
        ...


class RecordSource(Records, Protocol):
    """A recording that can be played from any of its entry points."""

    @property
    def index(self) -> EntryIndex:
        """Of its entry points."""
        ...


@dataclass(frozen=True, kw_only=True)
class FileSource:
    """A recording in a file."""

    file: PayloadFile
    index: PayloadIndex

    @property
    def version(self) -> int:
        """Of the format."""
        return self.file.version

    @property
    def header_damaged(self) -> bool:
        """Whether what stands in front of the records was found elsewhere."""
        return self.file.header_damaged

    def records(self, first_byte: int | None = None) -> Iterator[Located | Damage]:
        """Every record from the start of one on, and the stretches in between without any."""
        return self.file.records(first_byte)

    def __enter__(self) -> FileSource:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()


def source_of(file: PayloadFile) -> FileSource:
    """Read a recording from a file that is open."""
    return FileSource(file=file, index=PayloadIndex(file))


def open_recording(config: PlayConfig) -> AbstractContextManager[RecordSource]:
    """Open what is to be played; NarrowcastError in one line where that is not possible."""
    if is_fabric(str(config.file)):
        opened: AbstractContextManager[RecordSource] = import_module(_FABRIC).open_recording(config)
        return opened
    return source_of(PayloadFile(config.file))
