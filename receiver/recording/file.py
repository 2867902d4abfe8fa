"""Files that are recorded to: unbuffered, cut back after a failed write; and names for them."""

from __future__ import annotations

import contextlib
import os
import re
from datetime import datetime
from pathlib import Path

from av.error import FFmpegError

from narrowcast.errors import OutputError

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
"The name of a stream comes from the sender: nothing in it may lead out of the folder."


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
        """Move to a position in the file."""
        return offset if self._given_up else self._file.seek(offset, whence)

    def tell(self) -> int:
        """The position in the file."""
        return 0 if self._given_up else self._file.tell()

    def keep(self) -> None:
        """Mark everything up to the end of the file as whole."""
        self._whole_bytes = os.fstat(self._file.fileno()).st_size

    def give_up(self) -> None:
        """Cut off what is not whole and write nothing from now on; a pipe cannot be cut off and is left."""
        if self._given_up:
            return
        self._given_up = True
        with contextlib.suppress(OSError):  # no ordinary file; there is nothing to cut
            self._file.truncate(self._whole_bytes)
        self._file.close()

    def close(self) -> None:
        """Close the file as it is; harmless a second time."""
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


def saved_name(stream: str, suffix: str, *, now: datetime) -> str:
    """Name of a file that a key or a button makes; `stream` is what the sender calls it, or empty.

    As in narrowcast-front-20260131-235959-123456.png.
    """
    label = _UNSAFE.sub("_", stream) + "-" if stream else ""
    return f"narrowcast-{label}{now:%Y%m%d-%H%M%S-%f}{suffix}"
