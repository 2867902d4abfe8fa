"""A file that is being recorded to: nothing waits in a buffer, and a failed write is cut off."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from av.error import FFmpegError

from narrowcast.errors import OutputError


class RecordError(OutputError):
    """The recording cannot be written; the text says what is wrong and how to fix it."""


class RecordingFile:
    """A new file, written without a buffer: what was written outlives a killed program."""

    def __init__(self, path: Path) -> None:
        """Create it, or empty the one that is there; OSError where that is not possible."""
        self._file = path.open("w+b", buffering=0)
        self._whole_bytes = 0
        self._given_up = False

    def write(self, data: bytes) -> int:
        """Write all of `data`, or raise; nothing after give_up(): a muxer may clean up as it likes."""
        view = memoryview(data)
        while view and not self._given_up:
            view = view[self._file.write(view) :]
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place."""
        return offset if self._given_up else self._file.seek(offset, whence)

    def tell(self) -> int:
        """The place."""
        return 0 if self._given_up else self._file.tell()

    def keep(self) -> None:
        """All up to the end of the file is whole now."""
        self._whole_bytes = os.fstat(self._file.fileno()).st_size

    def give_up(self) -> None:
        """Cut off what is not whole, and write nothing from now on; an odd place as a pipe stays as it is."""
        if self._given_up:
            return
        self._given_up = True
        with contextlib.suppress(OSError):  # no ordinary file; there is nothing to cut
            self._file.truncate(self._whole_bytes)
        self._file.close()

    def close(self) -> None:
        """Close it as it is; harmless a second time."""
        self._given_up = True
        self._file.close()


def create_file(path: Path) -> RecordingFile:
    """Create a file, and say what is wrong with its name before any frame is lost."""
    if not path.parent.is_dir():
        raise RecordError(f"cannot record to {path}: there is no folder {path.parent}; make it first")
    try:
        return RecordingFile(path)
    except OSError as error:
        raise RecordError(
            f"cannot record to {path}: {reason(error)}; choose another name or folder"
        ) from error


def reason(error: OSError | FFmpegError) -> str:
    """What went wrong, in a few words."""
    return (error.strerror or type(error).__name__).lower()
